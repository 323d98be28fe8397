import type { ClientBase } from 'pg'
import type { AccountBook } from '@/lib/credits/book/book'
import { isoFromMicros } from '@/lib/instant'

/**
 * Reverses rewards in proportion to returned money for used credits, and restores them when the money comes back: for each
 * grant and creator ⌊R × min(shortfall, used) ÷ used⌋ in total, where R is the reward that the grant funded
 * (docs/adr/0006). Called after the book is saved, for the grants whose money or refunds changed.
 */
export async function takeBackRewards(
  client: ClientBase,
  book: AccountBook,
  grantIds: string[],
): Promise<void> {
  await client.query({
    name: 'take-back-rewards',
    text: TAKE_BACK,
    values: [[book.accountId], grantIds, isoFromMicros(book.writtenAt)],
  })
}

/**
 * The total to take back by grant, creator, app, day and operation. A grant's part of a charge is the reward that it funded
 * and that has not been taken back: the reward funded by paid credits, net of refunds and of the withheld part, shared
 * among the bought grants that still fund the charge.
 */
const TAKEN_BACK = `
  charged as materialized (
    select c.account_id, c.id, c.at, c.creator_id, c.app_id, c.operation, c.reward, c.reward_on_hold as on_hold,
      c.base + c.premium - c.absorbed as total, p.grant_id, p.amount, g.paid_amount > 0 as is_bought
    from charges c cross join lateral unnest(c.grant_ids, c.grant_amounts) p (grant_id, amount)
      join grants g on g.account_id = c.account_id and g.id = p.grant_id
    where c.account_id = any($1::uuid[]) and c.creator_id is not null and c.reward > 0 and c.grant_ids && $2::uuid[]
      and c.at >= (select min(created_at) from grants where id = any($2::uuid[]))),
  returned as (
    select r.charge_id, p.grant_id, sum(p.amount) as amount
    from refunds r cross join lateral unnest(r.grant_ids, r.grant_amounts) p (grant_id, amount)
    where r.account_id = any($1::uuid[]) and r.charge_id = any(array(select id from charged)) group by 1, 2),
  whole as (
    select c.id, min(c.total) as total, min(c.reward) as reward, min(c.on_hold) as on_hold,
      sum(c.amount) filter (where c.is_bought) as bought,
      sum(c.amount - coalesce(r.amount, 0)) filter (where c.is_bought) as bought_left, coalesce(sum(r.amount), 0) as refunded
    from charged c left join returned r on r.charge_id = c.id and r.grant_id = c.grant_id group by c.id),
  left_of as (
    select id, bought_left, reward - share(reward, refunded, total) as reward, on_hold - share(on_hold, refunded, total) as on_hold,
      share(reward, bought, total) - share(share(reward, bought, total), refunded, total) as paid
    from whole where refunded < total and bought_left > 0),
  reward_of_grant as (
    select c.account_id, c.grant_id, c.creator_id, c.app_id, (c.at at time zone 'UTC')::date as day, c.operation, c.at,
      share(l.paid, (l.reward - l.on_hold) * (c.amount - coalesce(r.amount, 0)), l.reward * l.bought_left) as reward
    from charged c join left_of l on l.id = c.id
      left join returned r on r.charge_id = c.id and r.grant_id = c.grant_id
    where c.grant_id = any($2::uuid[]) and l.reward > 0),
  taken_back as (
    select t.account_id, t.grant_id, t.creator_id, t.app_id, t.day, t.operation,
      sum(share(t.upto, s.part, s.used) - share(t.upto - t.reward, s.part, s.used)) as amount
    from (
      select *, sum(reward) over (partition by grant_id, creator_id order by at) as upto from reward_of_grant) t
      join (
        select id, used, least(shortfall, used) as part from grants
        where id = any($2::uuid[]) and used > 0) s on s.id = t.grant_id
    group by 1, 2, 3, 4, 5, 6)`

// Days are written in the order that the batches use (docs/adr/0007). Increases insert or update, but decreases only
// update, because an INSERT's checks run before its conflict is found.
const TAKE_BACK = `
  with ${TAKEN_BACK},
  before as (
    select account_id, grant_id, creator_id, app_id, day, operation, sum(amount) as amount from reward_takebacks
    where account_id = any($1::uuid[]) and grant_id = any($2::uuid[]) group by 1, 2, 3, 4, 5, 6),
  change as materialized (
    select account_id, grant_id, creator_id, app_id, day, operation, coalesce(t.amount, 0) - coalesce(b.amount, 0) as amount
    from taken_back t full join before b using (account_id, grant_id, creator_id, app_id, day, operation)
    where coalesce(t.amount, 0) <> coalesce(b.amount, 0)),
  told as (
    insert into reward_takebacks (account_id, at, id, grant_id, creator_id, app_id, day, operation, amount)
    select account_id, $3::timestamptz, gen_random_uuid(), grant_id, creator_id, app_id, day, operation, amount from change),
  by_creator as (select creator_id, sum(amount)::bigint as amount from change group by 1 order by 1),
  accounts_more as (
    insert into reward_accounts as a (creator_id, reversed, reversed_paid)
    select creator_id, amount, amount from by_creator where amount > 0
    on conflict (creator_id) do update set reversed = a.reversed + excluded.reversed,
      reversed_paid = a.reversed_paid + excluded.reversed_paid),
  accounts_less as (
    update reward_accounts a set restored = a.restored - c.amount
    from by_creator c where c.amount < 0 and a.creator_id = c.creator_id),
  by_day as (
    select creator_id, day, app_id, operation, sum(amount)::bigint as amount from change
    group by 1, 2, 3, 4 order by 1, 2, 3, 4),
  days_more as (
    insert into reward_days as d (creator_id, day, app_id, operation, slot, uses, paid, earned, reversed)
    select creator_id, day, app_id, operation, 0, 0, 0, 0, amount from by_day where amount > 0
    on conflict (creator_id, day, app_id, operation, slot, home) do update set reversed = d.reversed + excluded.reversed)
  update reward_days d set reversed = d.reversed + c.amount
  from by_day c
  where c.amount < 0 and d.creator_id = c.creator_id and d.day = c.day and d.app_id = c.app_id
    and d.operation = c.operation and d.slot = 0 and d.home = '00000000-0000-0000-0000-000000000000'`
