import type { Pool } from 'pg'
import { currentClock, onClockSeen } from '@/lib/current-clock'
import { POLL_MS } from './current'
import { keepDefault } from './keep-default'
import { loadCatalogs } from './load'

/** Reads the catalogue at the start of a process, and stores the default document in a database without one. */
export async function openCatalogs(pool: Pool): Promise<void> {
  const now = currentClock().now()
  await keepDefault(pool, now)
  await loadCatalogs(pool, now)
}

/**
 * Re-reads the catalogue every 10 seconds, and immediately when the test clock moves. `report` receives failures: the
 * process then prices with what it knows until that may be out of date. Returns a function that stops it.
 */
export function followCatalogs(pool: Pool, report: (error: unknown) => void): () => void {
  const read = () => loadCatalogs(pool, currentClock().now())
  onClockSeen(read)
  const timer = setInterval(() => void read().catch(report), POLL_MS)
  timer.unref()
  return () => clearInterval(timer)
}
