import { ManualClock } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { newUuid, publicId } from '@/lib/ids'
import { type Millicredits, millicredits } from '@/lib/millicredits'
import { createUser } from '@/lib/users/create-user'
import { createTestDatabase, type TestDatabase } from './database'

/** The environment of a test file: a database, a clock that only moves when told to, and a system context. */
export type Scenario = { database: TestDatabase; clock: ManualClock; ctx: Context; close(): Promise<void> }

export async function createScenario(start = '2026-03-10T09:00:00Z', max?: number): Promise<Scenario> {
  const database = await createTestDatabase(max === undefined ? {} : { max })
  const clock = new ManualClock(start)
  const ctx: Context = {
    pool: database.pool,
    clock,
    caller: { kind: 'system', name: 'test' },
    requestId: 'test',
  }
  return { database, clock, ctx, close: () => database.close() }
}

/** Signs up a new user now; `user` is the user's name in the API. */
export async function newAccount({
  ctx,
}: Pick<Scenario, 'ctx'>): Promise<{ accountId: string; user: string }> {
  const mark = newUuid()
  const { id } = await createUser(ctx, { email: `${mark}@example.com`, name: null, externalId: null })
  return { accountId: id, user: publicId('user', id) }
}

/** A new idempotency key. */
export function newKey(): string {
  return `key-${newUuid()}`
}

/** Converts whole credits to millicredits, for readable tests. */
export function credits(amount: number): Millicredits {
  return millicredits(amount * 1_000)
}

/** No annotations. */
export const PLAIN = { reference: null, metadata: null, fingerprint: null } as const
