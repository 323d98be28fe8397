import assert from 'node:assert/strict'
import type { Context } from '@/lib/context'
import { type CreditFlow, type MonthlyReport, readMonthlyReport } from './report'
import { monthOf, monthsFrom } from './report-month'

/** Checks the report of every month from the first movement to now against itself, its neighbours and the ledger. */
export async function checkAllMonths(ctx: Context): Promise<MonthlyReport[]> {
  const { rows } = await ctx.pool.query<{ first: Date | null }>('select min(at) as first from entries')
  const first = rows[0]?.first ?? ctx.clock.now()
  const reports: MonthlyReport[] = []
  for (let month = monthOf(first); ; ) {
    const report = await readMonthlyReport(ctx, { month })
    checkReport(report)
    const before = reports.at(-1)
    if (before) checkNeighbours(before, report)
    reports.push(report)
    if (report.isRunning) break
    month = monthsFrom(report.month, 1)
  }
  const [oldest, newest] = [reports[0], reports.at(-1)]
  assert(oldest && newest)
  assert.equal(oldest.total.opening, 0, 'nothing was owed before the first movement')
  await checkAgainstNow(ctx, newest)
  return reports
}

function checkReport(report: MonthlyReport): void {
  const { name } = report.month
  assert.deepEqual(
    report.checks.filter(({ drifted }) => drifted > 0),
    [],
    name,
  )
  assert(report.balances)
  for (const { source, credits, money, currency } of report.sources) {
    const at = `${name} ${source} ${currency}`
    checkFlow(credits, at)
    if (money)
      assert.equal(
        money.opening + money.issued - money.used - money.expired - money.revoked,
        money.closing,
        at,
      )
  }
  checkFlow(report.total, name)
  for (const flow of Object.values(report.rewards))
    assert.equal(flow.opening + flow.earned - flow.reversed - flow.moved, flow.closing, name)
  const { movable, onHold, owed } = report.rewardsClosing
  assert.equal(movable + onHold - owed, report.rewards.total.closing, name)
  const { paid, free } = report.onHoldBy
  assert.equal(paid + free, onHold, name)
  assert(paid >= 0 && free >= 0, name)
}

function checkFlow(flow: CreditFlow, at: string): void {
  assert.equal(flow.opening + flow.issued - flow.used - flow.expired - flow.revoked, flow.closing, at)
  assert.equal(flow.used, flow.charged - flow.refunded, at)
  assert(flow.ended >= 0 && flow.ended <= flow.closing, at)
}

function checkNeighbours(before: MonthlyReport, after: MonthlyReport): void {
  const closing = (row: MonthlyReport['sources'][number]) => [row.credits.closing, row.money?.closing ?? null]
  const opening = (row: MonthlyReport['sources'][number]) => [row.credits.opening, row.money?.opening ?? null]
  for (const row of before.sources) {
    const same = after.sources.find(
      ({ source, currency }) => source === row.source && currency === row.currency,
    )
    assert.deepEqual(same ? opening(same) : [0, row.money && 0], closing(row), after.month.name)
  }
  assert.equal(after.total.opening, before.total.closing)
  for (const funding of ['paid', 'free'] as const)
    assert.equal(after.rewards[funding].opening, before.rewards[funding].closing, after.month.name)
}

/** Checks that the current month closes with the present values of wallets, grants and counters. */
async function checkAgainstNow(ctx: Context, report: MonthlyReport): Promise<void> {
  const { rows } = await ctx.pool.query<Record<string, number>>(`
    select (select coalesce(sum(available + held), 0)::bigint from wallets) as wallets,
      (select coalesce(sum(remaining + held), 0)::bigint from grants) as grants,
      (select coalesce(sum(earned_paid), 0)::bigint from reward_counters)
        - (select coalesce(sum(reversed_paid - restored + transferred_paid), 0)::bigint from reward_accounts) as paid,
      (select coalesce(sum(earned_free), 0)::bigint from reward_counters)
        - (select coalesce(sum(reversed - reversed_paid + transferred - transferred_paid), 0)::bigint
          from reward_accounts) as free,
      (select coalesce(sum(on_hold), 0)::bigint from reward_counters)
        - (select coalesce(sum(reversed_on_hold), 0)::bigint from reward_accounts) as "onHold"`)
  const { paid, free } = report.rewards
  assert.deepEqual(
    { ...rows[0] },
    {
      wallets: report.total.closing,
      grants: report.total.closing,
      paid: paid.closing,
      free: free.closing,
      onHold: report.rewardsClosing.onHold,
    },
  )
}
