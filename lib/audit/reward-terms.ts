/*
 * The arithmetic of rewards as docs/architecture.md states it ("Rewards", "Refund of a charge"), in SQL. It is deliberately
 * written a second time, because an audit with the ledger's expressions would repeat the ledger's mistakes.
 */

/** ⌊amount × part ÷ whole⌋ as a numeric; 0 if `whole` is 0. */
export function shareOf(amount: string, part: string, whole: string): string {
  return `div((${amount})::numeric * (${part}), greatest(${whole}, 1))`
}

/** The amount paid for charge `c`. */
export const PAID = 'c.base + c.premium - c.absorbed'

/** The part of that amount paid by purchased grants. */
const BOUGHT = `(
  select coalesce(sum(p.amount), 0) from unnest(c.grant_ids, c.grant_amounts) p (grant_id, amount)
    join grants g on g.id = p.grant_id where g.paid_amount > 0)`

/** The reward that charge `c` must earn the app's creator. */
export const REWARD_DUE = `case when c.creator_id is null then 0 else ${shareOf('c.premium', PAID, 'c.base + c.premium')} end`

/** The part of `c`'s reward funded by purchased grants. */
export const REWARD_BOUGHT = shareOf('c.reward', BOUGHT, PAID)

/**
 * CTEs that end in `due`: the rewards that returned money must have reversed by now, by grant, creator, app, day and
 * operation (docs/adr/0006).
 */
export const TAKEBACKS_DUE = `
  short as (
    select account_id, id, used, least(shortfall, used) as lost from grants where shortfall > 0 and used > 0),
  -- A row for each bought grant that paid for a charge; "rest": what refunds have left of its part.
  part as (
    select c.account_id, c.id, c.at, c.creator_id, c.app_id, c.operation, c.reward, c.reward_on_hold, ${PAID} as paid,
      p.grant_id, p.amount, p.amount - (
        select coalesce(sum(q.amount), 0) from refunds r cross join lateral unnest(r.grant_ids, r.grant_amounts) q (grant_id, amount)
        where r.account_id = c.account_id and r.charge_id = c.id and q.grant_id = p.grant_id) as rest,
      (select coalesce(sum(r.amount), 0) from refunds r where r.account_id = c.account_id and r.charge_id = c.id) as refunded
    from charges c cross join lateral unnest(c.grant_ids, c.grant_amounts) p (grant_id, amount)
      join grants g on g.account_id = c.account_id and g.id = p.grant_id
    where c.account_id = any(array(select account_id from short)) and c.grant_ids && array(select id from short)
      and c.creator_id is not null and g.paid_amount > 0),
  whole as (
    select *, sum(amount) over charge as bought, sum(rest) over charge as bought_rest from part
    window charge as (partition by account_id, id)),
  kept as (
    select *, reward - ${shareOf('reward', 'refunded', 'paid')} as reward_kept,
      reward_on_hold - ${shareOf('reward_on_hold', 'refunded', 'paid')} as on_hold_kept,
      ${shareOf('reward', 'bought', 'paid')} - ${shareOf(shareOf('reward', 'bought', 'paid'), 'refunded', 'paid')} as bought_kept
    from whole),
  funded as (
    select *, ${shareOf('bought_kept', '(reward_kept - on_hold_kept) * rest', 'reward_kept * bought_rest')} as funded from kept),
  line as (
    select f.*, s.lost, s.used, sum(f.funded) over (partition by f.grant_id, f.creator_id order by f.at) as upto
    from funded f join short s on s.id = f.grant_id),
  due as (
    select account_id, grant_id, creator_id, app_id, (at at time zone 'UTC')::date as day, operation,
      sum(${shareOf('upto', 'lost', 'used')} - ${shareOf('upto - funded', 'lost', 'used')}) as amount
    from line group by 1, 2, 3, 4, 5, 6)`
