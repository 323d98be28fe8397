import { DAY_MS, HOUR_MS } from '@/lib/clock'
import { InvalidRequest, NotFound, RunClosed } from '@/lib/errors'
import type { AccountBook } from './book'
import type { Run } from './records'

const IDLE_HOURS_MAX = 24
const DAYS_MAX = 30

/**
 * When a run closes automatically: 24 hours after its last use, but at most 30 days after its start; `run_closes_at`
 * does the same in SQL.
 */
export function runClosesAt(createdAt: Date, usedAt: Date): Date {
  const idle = usedAt.getTime() + IDLE_HOURS_MAX * HOUR_MS
  return new Date(Math.min(idle, createdAt.getTime() + DAYS_MAX * DAY_MS))
}

export function isOpen(run: Run, at: Date): boolean {
  return at < run.closesAt
}

/**
 * Requires that a use may name its run, which the book must contain if it exists. Throws `NotFound` for an unknown run
 * and for another account's, `InvalidRequest` for a run of another app, and `RunClosed`.
 */
export function requireRun(book: AccountBook, use: { appId: string | null; runId: string | null }): void {
  if (use.runId === null) return
  const run = book.runs.get(use.runId)
  if (!run) throw new NotFound('run')
  if (run.appId !== use.appId) throw InvalidRequest.at('run', 'belongs to another app')
  if (!isOpen(run, book.now)) throw new RunClosed()
}

/** Records that a run was used now, which postpones its end. A closed run stays closed. */
export function touchRun(book: AccountBook, runId: string | null): void {
  const run = runId === null ? undefined : book.runs.get(runId)
  if (run && isOpen(run, book.now)) book.setRun({ ...run, closesAt: runClosesAt(run.createdAt, book.now) })
}
