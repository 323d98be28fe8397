import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import { clearProcessState, peekProcessState, processState, setProcessState } from '@/lib/process-state'
import { PrismaClient } from './generated/client'
import { getPool } from './pool'

const CLIENT = 'db.prisma'

/** Creates a Prisma client on an existing pool. Closing the client does not close the pool. */
export function createPrisma(pool: pg.Pool): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: false }) })
}

/** The process's only Prisma client, for users, sessions, apps and other ordinary entities. The ledger uses the pool. */
export function getPrisma(): PrismaClient {
  return processState(CLIENT, () => createPrisma(getPool()))
}

/** Registers an open client as the process's own. */
export function sharePrisma(client: PrismaClient): void {
  setProcessState(CLIENT, client)
}

export async function closePrisma(): Promise<void> {
  const client = peekProcessState<PrismaClient>(CLIENT)
  clearProcessState(CLIENT)
  await client?.$disconnect()
}
