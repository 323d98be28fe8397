import type { Pool } from 'pg'
import { available, held, type ModelAccount, type Part } from './state.test-support'

/** What an account comes to, the same shape from the database and from the model; a grant is named by its place. */
export type Stored = {
  wallet: unknown[]
  grants: unknown[][]
  holds: unknown[][]
  entries: unknown[][]
  /** Those of the last step alone. */
  charges: unknown[][]
}

/** The account as the database has it, in one snapshot. */
export async function readStored(pool: Pool, accountId: string, chargeIds: string[]): Promise<Stored> {
  const { rows } = await pool.query<Stored>({
    name: 'model-stored',
    text: `
      with g as (
        select *, row_number() over (order by created_at, id) - 1 as place from grants where account_id = $1)
      select json_build_array(w.available, w.held, w.plan, (extract(epoch from w.plan_ends_at) * 1000)::bigint) as wallet,
        (select coalesce(json_agg(json_build_array(source, granted, remaining, held, used, expired, revoked, shortfall,
          (extract(epoch from expires_at) * 1000)::bigint, plan, (extract(epoch from period_start) * 1000)::bigint,
          coalesce(paid_amount, 0)) order by place), '[]') from g) as grants,
        (select coalesce(json_agg(json_build_array(h.id, h.amount, h.status,
          (extract(epoch from h.expires_at) * 1000)::bigint, ${partsOf('h')})), '[]')
          from holds h where h.account_id = $1) as holds,
        (select coalesce(json_agg(json_build_array(kind, place, effective_at, amount)), '[]') from (
          select e.kind, g.place, (extract(epoch from e.effective_at) * 1000)::bigint as effective_at,
            sum(e.amount)::bigint as amount
          from entries e join g on g.id = e.grant_id where e.account_id = $1 group by 1, 2, 3) e) as entries,
        (select coalesce(json_agg(json_build_array(c.id, ${partsOf('c')})), '[]')
          from charges c where c.account_id = $1 and c.id = any ($2::uuid[])) as charges
      from wallets w where w.account_id = $1`,
    values: [accountId, chargeIds],
  })
  const [row] = rows
  if (!row) throw new Error(`no account ${accountId}`)
  return sorted(row)
}

const partsOf = (row: string) => `(
  select coalesce(json_agg(json_build_array(g.place, p.amount) order by p.nth), '[]')
  from unnest(${row}.grant_ids, ${row}.grant_amounts) with ordinality p (grant_id, amount, nth) join g on g.id = p.grant_id)`

export function storedOf(account: ModelAccount, chargeIds: string[]): Stored {
  const entries = new Map<string, unknown[]>()
  for (const { kind, grant, effectiveAt, amount } of account.entries) {
    const id = `${kind} ${grant} ${effectiveAt}`
    entries.set(id, [kind, grant, effectiveAt, Number(entries.get(id)?.[3] ?? 0) + amount])
  }
  const placed = (parts: Part[]) => parts.map((part) => [part.grant, part.amount])
  return sorted({
    wallet: [available(account), held(account), account.plan, account.planEndsAt],
    grants: account.grants.map((grant) => [
      grant.source,
      grant.granted,
      grant.remaining,
      grant.held,
      grant.used,
      grant.expired,
      grant.revoked,
      grant.shortfall,
      grant.expiresAt,
      grant.plan,
      grant.start,
      grant.paid,
    ]),
    holds: account.holds.map((hold) => [
      hold.ref,
      hold.amount,
      hold.status,
      hold.expiresAt,
      placed(hold.parts),
    ]),
    entries: [...entries.values()],
    charges: account.charges
      .filter((charge) => chargeIds.includes(charge.ref))
      .map((charge) => [charge.ref, placed(charge.parts)]),
  })
}

/** Grants keep the order they were made in, which decides who pays first; the rest has none. */
function sorted({ wallet, grants, holds, entries, charges }: Stored): Stored {
  const inOrder = (rows: unknown[][]) =>
    rows.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1))
  return { wallet, grants, holds: inOrder(holds), entries: inOrder(entries), charges: inOrder(charges) }
}

/** Where two differ: what only the first has, and what only the second has. */
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
