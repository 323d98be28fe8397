import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import { clearProcessState, peekProcessState, processState, setProcessState } from '@/lib/process-state'
import { PrismaClient } from './generated/client'
import { getPool } from './pool'

const CLIENT = 'db.prisma'

/** A Prisma client on top of an existing pool; closing it leaves the pool open. */
export function createPrisma(pool: pg.Pool): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: false }) })
}

/** The one Prisma client of the process: users, sessions, apps and other ordinary entities; the ledger uses the pool. */
export function getPrisma(): PrismaClient {
  return processState(CLIENT, () => createPrisma(getPool()))
}

/** Makes an open client the one of the process. */
export function sharePrisma(client: PrismaClient): void {
  setProcessState(CLIENT, client)
}

export async function closePrisma(): Promise<void> {
  const client = peekProcessState<PrismaClient>(CLIENT)
  clearProcessState(CLIENT)
  await client?.$disconnect()
}
