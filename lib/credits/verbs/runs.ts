import { requireSight } from '@/lib/authority'
import type { Context } from '@/lib/context'
import type { AccountBook } from '@/lib/credits/book/book'
import type { Run } from '@/lib/credits/book/records'
import { isOpen, runClosesAt, touchRun } from '@/lib/credits/book/run'
import type { Row } from '@/lib/credits/store/codec'
import { addRun } from '@/lib/credits/store/load-account'
import { loadRun } from '@/lib/credits/store/load-by-id'
import { RUNS } from '@/lib/credits/store/tables'
import { writeAccount } from '@/lib/credits/store/write-account'
import { InvalidRequest, NotFound, RunClosed } from '@/lib/errors'
import { newLedgerId } from '@/lib/ids'
import { type Millicredits, toCredits, ZERO } from '@/lib/millicredits'
import { readBook } from './get-balance'

/** A run with the amount that its open holds reserve. `status` is as of now. */
export type RunState = Run & { held: Millicredits; status: 'open' | 'closed' }

/**
 * Starts a run: together, the holds and charges that name it never exceed `cap`. Throws `NotFound` for another person's
 * account.
 */
export function startRun(
  ctx: Context,
  input: { accountId: string; appId: string | null; cap: Millicredits; label: string | null },
): Promise<RunState> {
  const { accountId, ...asked } = input
  requireSight(ctx, accountId, 'user')
  return writeRun(ctx, accountId, (book) => {
    const createdAt = book.now
    const run = { accountId, id: newLedgerId(accountId), ...asked, charges: 0, spent: ZERO, createdAt }
    return { ...run, closesAt: runClosesAt(createdAt, createdAt), toldCap: null }
  })
}

/** Throws `NotFound` for an unknown or another person's run. */
export async function getRun(ctx: Context, runId: string): Promise<RunState> {
  const { accountId } = await runInSight(ctx, runId)
  const book = await readBook(ctx, accountId, runId)
  return stateOf(book, runIn(book, runId))
}

type ListInput = {
  accountId: string
  status: RunState['status'] | null
  /** The id of the previous page's last run; null for the first page. */
  after: string | null
  limit: number
}

/** Lists an account's runs, newest first. Throws `NotFound` for an unknown or another person's account. */
export async function listRuns(ctx: Context, input: ListInput): Promise<RunState[]> {
  const { accountId, status, after, limit } = input
  requireSight(ctx, accountId, 'user')
  const book = await readBook(ctx, accountId)
  const { rows } = await ctx.pool.query<Row>({
    name: 'list-runs',
    text: `
      select ${RUNS.select('r')} from runs r
      where r.account_id = $1 and ($2::uuid is null or r.id < $2)
        and ($3::text is null or ($3 = 'open') = (r.closes_at > $4::timestamptz))
      order by r.id desc limit $5`,
    values: [accountId, after, status, book.now, limit],
  })
  return rows.map((row) => stateOf(book, RUNS.decode(row)))
}

/**
 * Sets the cap of an open run. Throws `RunClosed`, or `InvalidRequest` for a cap below what the run has spent and holds.
 * Repeating it changes nothing but the time at which the run closes automatically.
 */
export function raiseRun(ctx: Context, runId: string, cap: Millicredits): Promise<RunState> {
  return changeRun(ctx, runId, (book, run) => {
    if (!isOpen(run, book.now)) throw new RunClosed()
    const taken = (run.spent + heldIn(book, run)) as Millicredits
    if (cap < taken)
      throw InvalidRequest.at('cap', `must be at least ${toCredits(taken)}, which the run has used`)
    book.setRun({ ...run, cap })
    touchRun(book, run.id)
    return runIn(book, run.id)
  })
}

/** Closes a run: it accepts no more holds and charges; a capture of one of its open holds still charges. */
export function closeRun(ctx: Context, runId: string): Promise<RunState> {
  return changeRun(ctx, runId, (book, run) => (isOpen(run, book.now) ? { ...run, closesAt: book.now } : run))
}

async function changeRun(
  ctx: Context,
  runId: string,
  change: (book: AccountBook, run: Run) => Run,
): Promise<RunState> {
  const { accountId } = await runInSight(ctx, runId)
  return writeRun(ctx, accountId, (book) => change(book, runIn(book, runId)), runId)
}

async function writeRun(
  ctx: Context,
  accountId: string,
  make: (book: AccountBook) => Run,
  runId: string | null = null,
): Promise<RunState> {
  const { value } = await writeAccount(ctx, {
    accountId,
    idempotency: null,
    // A run moves no credits. Repeating its start leaves one more empty run, which closes automatically.
    already: () => Promise.resolve(null),
    makes: 'run',
    decide: async (book, client) => {
      await addRun(client, book, runId)
      const run = make(book)
      book.setRun(run)
      return { value: stateOf(book, run), objectId: run.id, result: null }
    },
  })
  return value
}

async function runInSight(ctx: Context, runId: string): Promise<Run> {
  const run = await loadRun(ctx.pool, runId)
  requireSight(ctx, run.accountId, 'run')
  return run
}

function runIn(book: AccountBook, runId: string): Run {
  const run = book.runs.get(runId)
  if (!run) throw new NotFound('run')
  return run
}

function heldIn(book: AccountBook, run: Run): Millicredits {
  return book.heldWhere((hold) => hold.runId === run.id)
}

function stateOf(book: AccountBook, run: Run): RunState {
  return { ...run, held: heldIn(book, run), status: isOpen(run, book.now) ? 'open' : 'closed' }
}
