import type { Pool } from 'pg'
import { expect } from 'vitest'

/** Resolves once everything written so far is in the feed of events; a relay must run. */
export async function relayed(pool: Pick<Pool, 'query'>): Promise<void> {
  await expect.poll(async () => (await pool.query('select 1 from outbox')).rowCount).toBe(0)
}
