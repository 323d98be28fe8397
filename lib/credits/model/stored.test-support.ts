import assert from 'node:assert/strict'
import type { Pool } from 'pg'
import { dayOf, runFacts, usedAt, WINDOWS } from './limit-rules.test-support'
import { earningsFrom, plus } from './reward-rules.test-support'
import {
  APP_CREATORS,
  available,
  type Covered,
  firstOf,
  held,
  type ModelAccount,
  type Part,
  payShort,
  total,
} from './state.test-support'

/** The state of an account in one comparable shape, from the database or the model. Grants are identified by position. */
export type Stored = {
  wallet: unknown[]
  grants: unknown[][]
  lines: unknown[][]
  budgets: unknown[][]
  limits: unknown[][]
  runs: unknown[][]
  usage: unknown[][]
  /** The holds since the last look. */
  holds: unknown[][]
  entries: unknown[][]
  charges: unknown[][]
}

/** The account's position at the last comparison. Only later changes are compared again. */
export type Looked = { holds: number; unfinished: number[]; entries: number; charges: number; at: string }

export const NEVER_LOOKED: Looked = { holds: 0, unfinished: [], entries: 0, charges: 0, at: '-infinity' }

const DAY = 24 * 3_600_000

/** `unfinished`: holds that may still change because they are open or can still be captured late. */
export function lookedAt({ holds, entries, charges, movedAt }: ModelAccount, at: string): Looked {
  const unfinished = [...holds.entries()]
    .filter(
      ([, { status, expiresAt }]) => status === 'open' || (status === 'expired' && expiresAt > movedAt - DAY),
    )
    .map(([place]) => place)
  return { holds: holds.length, unfinished, entries: entries.length, charges: charges.length, at }
}

/** The rows of the model that may have changed since the last look. */
function sinceLook({ holds, entries, charges }: ModelAccount, looked: Looked) {
  return {
    holds: [...looked.unfinished.flatMap((place) => holds[place] ?? []), ...holds.slice(looked.holds)],
    entries: entries.slice(looked.entries),
    charges: charges.slice(looked.charges),
  }
}

const NO_APP = '00000000-0000-0000-0000-000000000000'

/** `newHolds`: holds created after the model's version of the account. */
type Wanted = {
  accountId: string
  appIds: string[]
  account: ModelAccount
  looked: Looked
  newHolds: string[]
}

/** Reads the account from the database in one snapshot. `at`: the time of its newest movement. */
export async function readStored(
  pool: Pool,
  { accountId, appIds, account, looked, newHolds }: Wanted,
): Promise<{ stored: Stored; at: string }> {
  const holds = [...sinceLook(account, looked).holds.map((hold) => hold.ref), ...newHolds]
  const { rows } = await pool.query<Stored & { at: string }>({
    name: 'model-stored',
    text: `
      with g as materialized (
        select *, row_number() over (order by created_at, id) - 1 as place from grants where account_id = $1)
      select w.last_at::text as at,
        json_build_array(w.available, w.held, w.plan, ${ms('w.plan_ends_at')}, w.tiers) as wallet,
        (select coalesce(json_agg(json_build_array(source, granted, remaining, held, used, expired, revoked, shortfall,
          money_back, ${ms('expires_at')}, plan, ${ms('period_start')}, coalesce(paid_amount, 0),
          (select coalesce(json_agg(json_build_array(m.credits, m.revoked, m.shortfall) order by m.at, m.id), '[]')
            from money_back m where m.account_id = $1 and m.grant_id = g.id)) order by place), '[]')
          from g) as grants,
        (select coalesce(json_agg(json_build_array(stripe_line, begun, next_at is not null, returned)), '[]')
          from paid_lines where account_id = $1) as lines,
        (select coalesce(json_agg(json_build_array(array_position($4::uuid[], app_id) - 1, monthly_limit, paused, used,
          ${ms('period_start')})), '[]') from app_budgets where account_id = $1) as budgets,
        (select coalesce(json_agg(json_build_array(scope, array_position($4::uuid[], nullif(app_id, '${NO_APP}')) - 1, day_limit,
          week_limit, month_limit, day - '1970-01-01'::date, day_used, week_used, month_used, ${ms('month_start')})), '[]')
          from spending_limits where account_id = $1) as limits,
        (select coalesce(json_agg(json_build_array(id, array_position($4::uuid[], app_id) - 1, cap, charges, spent,
          ${ms('created_at')}, ${ms('closes_at')})), '[]') from runs where account_id = $1) as runs,
        (select coalesce(json_agg(json_build_array(app, charges, base, premium, paid, refunded)), '[]') from (
          select coalesce(array_position($4::uuid[], nullif(app_id, '${NO_APP}')) - 1, -1) as app,
            sum(charges)::bigint as charges, sum(base)::bigint as base, sum(premium)::bigint as premium,
            sum(paid)::bigint as paid, sum(refunded)::bigint as refunded
          from usage_days where account_id = $1 group by 1) u) as usage,
        (select coalesce(json_agg(json_build_array(h.id, h.amount, h.status, ${ms('h.expires_at')}, ${partsOf('h')})), '[]')
          from holds h where h.account_id = $1 and (h.id = any ($2::uuid[]) or $3::timestamptz = '-infinity')) as holds,
        (select coalesce(json_agg(json_build_array(kind, place, effective_at, amount)), '[]') from (
          select e.kind, g.place, ${ms('e.effective_at')} as effective_at, sum(e.amount)::bigint as amount
          from entries e join g on g.id = e.grant_id where e.account_id = $1 and e.at > $3::timestamptz
          group by 1, 2, 3) e) as entries,
        (select coalesce(json_agg(json_build_array(c.id, c.reward, c.reward_on_hold, ${partsOf('c')})), '[]')
          from charges c where c.account_id = $1 and c.at > $3::timestamptz) as charges
      from wallets w where w.account_id = $1`,
    values: [accountId, holds, looked.at, appIds],
  })
  const [row] = rows
  if (!row) throw new Error(`no account ${accountId}`)
  const { at, ...stored } = row
  const grants = stored.grants.map((grant) => [
    ...grant.slice(0, -1),
    inShort(coverOf(grant.at(-1) as Change[])),
  ])
  return { at, stored: sorted({ ...stored, grants }) }
}

/** One recorded change by returned money: credits to take back, credits revoked, and shortfall. */
type Change = [credits: number, revoked: number, shortfall: number]

/**
 * Computes what covers the credits to take back from the recorded changes, because different orders may leave the same
 * sums.
 */
function coverOf(changes: Change[]): Covered[] {
  let covered: Covered[] = []
  for (const [credits, revoked, shortfall] of changes) {
    if (credits > 0)
      covered.push(
        { how: 'byHand', amount: credits - revoked - shortfall },
        { how: 'taken', amount: revoked },
        { how: 'short', amount: shortfall },
      )
    else if (credits === 0) covered = payShort(covered, revoked)
    else covered = firstOf(covered, total(covered.map(({ amount }) => amount)) + credits)
  }
  return covered
}

/** Joins adjacent pieces of one kind. */
function inShort(covered: readonly Covered[]): unknown[][] {
  const pieces: [how: string, amount: number][] = []
  for (const { how, amount } of covered) {
    const last = pieces.at(-1)
    if (last?.[0] === how) last[1] += amount
    else if (amount > 0) pieces.push([how, amount])
  }
  return pieces
}

const ms = (column: string) => `floor(extract(epoch from ${column}) * 1000)::bigint`

const partsOf = (row: string) => `(
  select coalesce(json_agg(json_build_array(g.place, p.amount) order by p.nth), '[]')
  from unnest(${row}.grant_ids, ${row}.grant_amounts) with ordinality p (grant_id, amount, nth) join g on g.id = p.grant_id)`

/** The tiers of a plan in the model. */
const tiersOf = (plan: string) => (plan === 'free' ? ['standard'] : ['standard', 'advanced'])

export function storedOf(account: ModelAccount, looked: Looked): Stored {
  const changes = sinceLook(account, looked)
  const entries = new Map<string, unknown[]>()
  for (const { kind, grant, effectiveAt, amount } of changes.entries) {
    const id = `${kind} ${grant} ${effectiveAt}`
    entries.set(id, [kind, grant, effectiveAt, Number(entries.get(id)?.[3] ?? 0) + amount])
  }
  const placed = (parts: Part[]) => parts.map((part) => [part.grant, part.amount])
  return sorted({
    wallet: [available(account), held(account), account.plan, account.planEndsAt, tiersOf(account.plan)],
    grants: account.grants.map((grant) => [
      grant.source,
      grant.granted,
      grant.remaining,
      grant.held,
      grant.used,
      grant.expired,
      grant.revoked,
      grant.shortfall,
      grant.returned,
      grant.expiresAt,
      grant.plan,
      grant.start,
      grant.paid,
      inShort(grant.covered),
    ]),
    lines: account.lines.map(({ line, begun, isOpen, returned }) => [line, begun, isOpen, returned]),
    budgets: [...account.budgets].map(([app, { limit, paused, used, from }]) => [
      app,
      limit,
      paused,
      used,
      from,
    ]),
    limits: account.limits.map((limit) => {
      const { scope, app, day, week, month, countedAt, from } = limit
      const used = WINDOWS.map((window) => usedAt(account, limit, window, countedAt))
      return [scope, app, day, week, month, dayOf(countedAt), ...used, from]
    }),
    runs: account.runs.map((run) => {
      const { charges, spent } = runFacts(account, run, 0)
      return [run.ref, run.app, run.cap, charges, spent, run.createdAt, run.closesAt]
    }),
    usage: [...account.usage].map(([app, use]) => [
      app,
      use.charges,
      use.base,
      use.premium,
      use.paid,
      use.refunded,
    ]),
    holds: changes.holds.map((hold) => [
      hold.ref,
      hold.amount,
      hold.status,
      hold.expiresAt,
      placed(hold.parts),
    ]),
    entries: [...entries.values()],
    charges: changes.charges.map((charge) => [
      charge.ref,
      charge.reward,
      charge.onHold,
      placed(charge.parts),
    ]),
  })
}

/** Sorts all rows except grants, whose order of creation decides which is spent first. */
function sorted({ wallet, grants, ...rest }: Stored): Stored {
  const inOrder = (rows: unknown[][]) =>
    rows
      .map((row) => ({ row, text: JSON.stringify(row) }))
      .sort((left, right) => (left.text < right.text ? -1 : 1))
      .map(({ row }) => row)
  const { lines, budgets, limits, runs, usage, holds, entries, charges } = rest
  return {
    wallet,
    grants,
    lines: inOrder(lines),
    budgets: inOrder(budgets),
    limits: inOrder(limits),
    runs: inOrder(runs),
    usage: inOrder(usage),
    holds: inOrder(holds),
    entries: inOrder(entries),
    charges: inOrder(charges),
  }
}

/** The rows present in only one of the two states. */
export function difference(modelled: Stored, stored: Stored): unknown {
  const only = (these: unknown[], others: unknown[]) => {
    const known = new Set(others.map((one) => JSON.stringify(one)))
    return these.filter((one) => !known.has(JSON.stringify(one)))
  }
  const keys = Object.keys(stored) as (keyof Stored)[]
  return Object.fromEntries(
    keys
      .filter((key) => JSON.stringify(modelled[key]) !== JSON.stringify(stored[key]))
      .map((key) => [
        key,
        { modelled: only(modelled[key], stored[key]), stored: only(stored[key], modelled[key]) },
      ]),
  )
}

/**
 * Expects that no credits are lost between payers and creators: for each creator, the earned, withheld, reversed and
 * moved rewards of the counters and the days equal the model's sums over all payers, and the premiums in the payers'
 * roll-ups equal those of their charges in other people's apps.
 */
export async function expectConserved(
  pool: Pool,
  accounts: ModelAccount[],
  accountIds: string[],
): Promise<void> {
  const { rows } = await pool.query<Record<string, number>>({
    name: 'model-conserved',
    text: `
      select c.earned_paid as paid, c.earned_free as free, c.on_hold as "onHold", coalesce(a.reversed - a.restored, 0) as reversed,
        coalesce(a.reversed_paid - a.restored, 0) as "reversedPaid", coalesce(a.reversed_on_hold, 0) as "reversedOnHold",
        coalesce(a.transferred, 0) as transferred, coalesce(a.transferred_paid, 0) as "transferredPaid",
        d.earned, d.on_hold as "onHoldByDay", d.reversed as "reversedByDay", p.premium,
        (select coalesce(sum(granted), 0)::bigint from grants g where g.account_id = creator.id and g.source = 'reward')
          as granted
      from unnest($1::uuid[]) with ordinality creator (id, place)
        cross join lateral (
          select coalesce(sum(earned_paid), 0)::bigint as earned_paid, coalesce(sum(earned_free), 0)::bigint as earned_free,
            coalesce(sum(on_hold), 0)::bigint as on_hold from reward_counters where creator_id = creator.id) c
        cross join lateral (
          select coalesce(sum(earned), 0)::bigint as earned, coalesce(sum(on_hold), 0)::bigint as on_hold,
            coalesce(sum(reversed), 0)::bigint as reversed from reward_days where creator_id = creator.id) d
        cross join lateral (
          select coalesce(sum(u.premium), 0)::bigint as premium from usage_days u join apps on apps.id = u.app_id
          where apps.creator_id = creator.id) p
        left join reward_accounts a on a.creator_id = creator.id
      order by creator.place`,
    values: [accountIds.slice(0, CREATORS)],
  })
  const modelled = accounts.slice(0, CREATORS).map((account, creator) => {
    const { transferred, transferredPaid } = account
    const earned = earningsFrom(accounts, creator)
    return {
      ...earned,
      transferred,
      transferredPaid,
      earned: earned.paid + earned.free,
      onHoldByDay: earned.onHold,
      reversedByDay: earned.reversed,
      premium: premiumsOf(accounts, creator),
      granted: transferred,
    }
  })
  assert.deepEqual(
    rows.map((row) => ({ ...row })),
    modelled,
    'what payers paid and creators earned differs from the model',
  )
}

const CREATORS = new Set(APP_CREATORS).size

function premiumsOf(accounts: ModelAccount[], creator: number): number {
  const nothing = { premium: 0 }
  const used = accounts.flatMap((account) =>
    [...account.usage]
      .filter(([app]) => APP_CREATORS[app] === creator)
      .map(([, { premium }]) => ({ premium })),
  )
  return used.reduce((sum, use) => plus(sum, use), nothing).premium
}
