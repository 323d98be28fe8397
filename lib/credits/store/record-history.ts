import type { ClientBase, Pool } from 'pg'
import type { AccountBook } from '@/lib/credits/book/book'
import type { MoneyBackChange } from '@/lib/credits/book/money-back'
import { newLedgerId } from '@/lib/ids'
import { isoFromMicros } from '@/lib/instant'
import { takeBackRewards } from './take-back-rewards'

/**
 * Writes what of a book is told apart from its movements: a change of plan, and what became of grants whose money went
 * back, and of the rewards they caused. Most books have none, and cost no statement.
 */
export async function recordHistory(client: ClientBase, book: AccountBook): Promise<void> {
  if (book.planBefore !== book.plan) await recordPlan(client, book)
  if (book.moneyBack.length > 0) await recordMoneyBack(client, book)
  const grantIds = grantsToFollow(book)
  if (grantIds.length > 0) await takeBackRewards(client, book, grantIds)
}

/** Whose money went back, or came again; of those that are short since, those that were used or whose charges were refunded. */
function grantsToFollow(book: AccountBook): string[] {
  const ids = new Set(book.moneyBack.map(({ grantId }) => grantId))
  for (const { id, shortfall } of book.grants.values())
    if (shortfall > 0 && (book.refunds.length > 0 || book.changedGrantIds.has(id))) ids.add(id)
  return [...ids]
}

async function recordPlan(client: ClientBase, book: AccountBook): Promise<void> {
  await client.query({
    name: 'add-plan-change',
    text: 'insert into plan_changes (account_id, at, id, plan_before, plan) values ($1, $2, $3, $4, $5)',
    values: [
      book.accountId,
      isoFromMicros(book.writtenAt),
      newLedgerId(book.accountId),
      book.planBefore,
      book.plan,
    ],
  })
}

async function recordMoneyBack(client: ClientBase, book: AccountBook): Promise<void> {
  const rows = book.moneyBack.map(({ at, grantId, ...change }) => ({
    ...change,
    at: isoFromMicros(at),
    id: newLedgerId(book.accountId),
    grant_id: grantId,
  }))
  await client.query({
    name: 'add-money-back',
    text: `
      insert into money_back (account_id, at, id, grant_id, money, credits, revoked, shortfall)
      select $1::uuid, x.at, x.id, x.grant_id, coalesce(x.returned - before.money, 0), x.credits, x.revoked, x.shortfall
      from jsonb_to_recordset($2::jsonb) x (at timestamptz, id uuid, grant_id uuid, returned bigint, credits bigint,
          revoked bigint, shortfall bigint)
        cross join lateral (select coalesce(sum(m.money), 0) as money from money_back m
          where m.account_id = $1::uuid and m.grant_id = x.grant_id) before`,
    values: [book.accountId, JSON.stringify(rows)],
  })
}

/** What became of each grant when money went back or came again, in order; a grant of which none did has no entry. */
export async function loadMoneyBack(
  db: Pick<Pool | ClientBase, 'query'>,
  accountId: string,
  grantIds: string[],
): Promise<ReadonlyMap<string, MoneyBackChange[]>> {
  const { rows } = await db.query<{ grant_id: string; history: MoneyBackChange[] }>({
    name: 'money-back-of-grants',
    text: `
      select grant_id, json_agg(json_build_object('credits', credits, 'revoked', revoked, 'shortfall', shortfall)
        order by at, id) as history
      from money_back where account_id = $1 and grant_id = any($2::uuid[]) group by grant_id`,
    values: [accountId, grantIds],
  })
  return new Map(rows.map((row) => [row.grant_id, row.history]))
}
