import type { Pool } from 'pg'
import { available, held, type ModelAccount } from './state.test-support'

/** What an account comes to, without ids: the same shape from the database and from the model. */
type Stored = {
  wallet: unknown[]
  grants: unknown[][]
  holds: unknown[][]
  entries: unknown[][]
  charges: number
}

/** The account as the database has it, in one snapshot. */
export async function readStored(pool: Pool, accountId: string): Promise<Stored> {
  const { rows } = await pool.query<Stored>({
    name: 'model-stored',
    text: `
      select json_build_array(w.available, w.held, w.plan, floor(extract(epoch from w.plan_ends_at) * 1000)::bigint) as wallet,
        (select coalesce(json_agg(json_build_array(source, granted, remaining, held, used, expired, revoked, shortfall,
          (extract(epoch from expires_at) * 1000)::bigint, plan, (extract(epoch from period_start) * 1000)::bigint,
          coalesce(paid_amount, 0)) order by created_at, id), '[]') from grants where account_id = $1) as grants,
        (select coalesce(json_agg(json_build_array(amount, status, (extract(epoch from expires_at) * 1000)::bigint)), '[]')
          from holds where account_id = $1) as holds,
        (select coalesce(json_agg(json_build_array(kind, effective_at, amount)), '[]') from (
          select kind, (extract(epoch from effective_at) * 1000)::bigint as effective_at, sum(amount)::bigint as amount
          from entries where account_id = $1 group by 1, 2) e) as entries,
        (select count(*)::int from charges where account_id = $1) as charges
      from wallets w where w.account_id = $1`,
    values: [accountId],
  })
  const [row] = rows
  if (!row) throw new Error(`no account ${accountId}`)
  return sorted(row)
}

export function storedOf(account: ModelAccount): Stored {
  const entries = new Map<string, unknown[]>()
  for (const { kind, effectiveAt, amount } of account.entries) {
    const id = `${kind} ${effectiveAt}`
    entries.set(id, [kind, effectiveAt, Number(entries.get(id)?.[2] ?? 0) + amount])
  }
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
    holds: account.holds.map((hold) => [hold.amount, hold.status, hold.expiresAt]),
    entries: [...entries.values()],
    charges: account.charges.length,
  })
}

/** Grants keep the order they were made in, which decides who pays first; the rest has none. */
function sorted({ wallet, grants, holds, entries, charges }: Stored): Stored {
  const inOrder = (rows: unknown[][]) =>
    rows.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1))
  return { wallet, grants, holds: inOrder(holds), entries: inOrder(entries), charges }
}
