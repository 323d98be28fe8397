import type { Pool } from 'pg'
import { expect, vi } from 'vitest'

/** Resolves once this many statements on the pool's database are waiting for a lock. */
export async function waitForLocks(pool: Pool, count: number): Promise<void> {
  const areWaiting = async () => {
    const { rows } = await pool.query<{ count: number }>(
      `select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    expect(rows[0]?.count).toBe(count)
  }
  await vi.waitFor(areWaiting, { timeout: 60_000, interval: 10 })
}
