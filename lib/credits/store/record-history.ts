import type { ClientBase, Pool } from 'pg'
import type { AccountBook } from '@/lib/credits/book/book'
import type { MoneyBackChange } from '@/lib/credits/book/money-back'
import { newLedgerId } from '@/lib/ids'
import { assignments, bigint, extend, nullable, pick } from './codec'
import { MONEY_BACK, PAID_LINES, PLAN_CHANGES } from './tables'
import { takeBackRewards } from './take-back-rewards'

/**
 * Records a book's changes that are not movements: changes of plan, lines of several months, returned money and the
 * rewards reversed with it. Most books have none and need no statement.
 */
export async function recordHistory(client: ClientBase, book: AccountBook): Promise<void> {
  if (book.planBefore !== book.plan) await recordPlan(client, book)
  if (book.changedLines.size > 0) await recordLines(client, book)
  if (book.moneyBack.length > 0) await recordMoneyBack(client, book)
  const grantIds = grantsToFollow(book)
  if (grantIds.length > 0) await takeBackRewards(client, book, grantIds)
}

/** The grants whose money was returned or came back, and any changed or refunded grants that still have a shortfall. */
function grantsToFollow(book: AccountBook): string[] {
  const ids = new Set(book.moneyBack.map(({ grantId }) => grantId))
  for (const { id, shortfall } of book.grants.values())
    if (shortfall > 0 && (book.refunds.length > 0 || book.changedGrantIds.has(id))) ids.add(id)
  return [...ids]
}

async function recordPlan(client: ClientBase, book: AccountBook): Promise<void> {
  const { accountId, writtenAt: at, planBefore, plan } = book
  await client.query({
    name: 'add-plan-change',
    text: PLAN_CHANGES.insertFrom('$1::jsonb'),
    values: [
      JSON.stringify([PLAN_CHANGES.encode({ accountId, at, id: newLedgerId(accountId), planBefore, plan })]),
    ],
  })
}

async function recordLines(client: ClientBase, book: AccountBook): Promise<void> {
  const { accountId, changedLines } = book
  const rows = [...book.lines.values()].filter(({ payment }) => changedLines.has(payment.stripeLine))
  await client.query({
    name: 'save-paid-lines',
    text: `
      ${PAID_LINES.insertFrom('$1::jsonb')}
      on conflict (account_id, stripe_line) do update set ${assignments(PAID_LINES, 'excluded', ['begun', 'nextAt', 'returned'])}`,
    values: [JSON.stringify(rows.map((line) => PAID_LINES.encode({ accountId, ...line })))],
  })
}

async function recordMoneyBack(client: ClientBase, book: AccountBook): Promise<void> {
  const { accountId } = book
  const rows = book.moneyBack.map((change) =>
    NEW_MONEY_BACK.encode({ accountId, id: newLedgerId(accountId), ...change }),
  )
  await client.query({
    name: 'add-money-back',
    text: `
      insert into money_back (${MONEY_BACK_CHANGE.list}, money)
      select ${MONEY_BACK_CHANGE.list}, coalesce(x.returned - before.money, 0)
      from ${NEW_MONEY_BACK.fromJson('$1::jsonb', 'x')} cross join lateral (
        select coalesce(sum(m.money), 0) as money from money_back m
        where m.account_id = x.account_id and m.grant_id = x.grant_id) before`,
    values: [JSON.stringify(rows)],
  })
}

const MONEY_BACK_CHANGE = pick(
  MONEY_BACK,
  'accountId',
  'at',
  'id',
  'grantId',
  'credits',
  'revoked',
  'shortfall',
)

/** The book has the total of returned money; the row stores the difference from the previous total. */
const NEW_MONEY_BACK = extend(MONEY_BACK_CHANGE, { returned: nullable(bigint('returned')) })

/** Each grant's changes caused by returned money, in order. Grants without such changes have no entry. */
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
