import { DAY_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { inTransaction } from '@/lib/db/transaction'
import { utcDay } from '@/lib/instant'
import { type Millicredits, toCredits } from '@/lib/millicredits'
import { type NewEvent, tell } from '@/lib/outbox'

/** How long the feed keeps an event. */
export const KEPT_DAYS = 90
/** The number of rows that one statement moves or deletes. */
const ROWS_MAX = 1_000

/**
 * Records events that have fallen due and those about withheld and reversed rewards of past days, and deletes old
 * events.
 */
export async function sweepEvents(ctx: Context): Promise<void> {
  await tellPlanned(ctx)
  await tellRewardDays(ctx)
  await forgetOld(ctx)
}

/** The expiry of a pack is announced only if some of it is left, with the amount left now. */
async function tellPlanned(ctx: Context): Promise<void> {
  let count = ROWS_MAX
  while (count === ROWS_MAX) {
    const { rowCount } = await ctx.pool.query({
      name: 'tell-planned-events',
      text: `
        with due as (
          delete from planned_events where (type, subject) in (
            select type, subject from planned_events where due_at <= $1 order by due_at limit ${ROWS_MAX}
            for update skip locked)
          returning *),
        current as (
          select d.*, case when d.type = 'pack.expiring' then (
              select g.remaining + g.held from grants g where g.account_id = d.account_id and g.id = d.subject::uuid) end as left_over
          from due d),
        told as (
          insert into outbox (account_id, id, type, data, at)
          select account_id, gen_random_uuid(), type,
            case when type = 'pack.expiring' then data || jsonb_build_object('remaining', left_over / 1000.0) else data end, due_at
          from current where type <> 'pack.expiring' or left_over > 0 order by due_at)
        select 1 from due`,
      values: [ctx.clock.now()],
    })
    count = rowCount ?? 0
  }
}

/**
 * Records an event for each creator with the sum of the rewards withheld and reversed on each day that has ended since
 * the last time. A withheld reward belongs to the day of its charge; a reversal to the day on which it happened. The
 * row of the relay is the lock.
 */
async function tellRewardDays(ctx: Context): Promise<void> {
  const yesterday = utcDay(new Date(ctx.clock.now().getTime() - DAY_MS))
  await inTransaction(ctx.pool, async (client) => {
    const { rows: state } = await client.query<{ first: string | null }>(
      `select to_char(coalesce(rewards_told_to + 1, $1::date), 'YYYY-MM-DD') as first from event_relay
       where rewards_told_to is null or rewards_told_to < $1::date for update`,
      [yesterday],
    )
    const first = state[0]?.first
    if (!first) return
    const { rows } = await client.query<{
      creator_id: string
      day: string
      type: 'reward.withheld' | 'reward.reversed'
      amount: number
    }>(
      `with span as (select $1::date as first, $2::date + 1 as after),
       withheld as (
         select d.creator_id, d.day, 'reward.withheld' as type, sum(d.on_hold) as amount
         from reward_days d, span s where d.day >= s.first and d.day < s.after and d.on_hold > 0 group by 1, 2),
       taken as (
         select c.creator_id, r.at, r.reward_reversed as amount
         from span s
           join refunds r on r.at >= s.first::timestamp at time zone 'UTC' and r.at < s.after::timestamp at time zone 'UTC'
           join charges c on c.account_id = r.account_id and c.id = r.charge_id
         where r.reward_reversed > 0
         union all
         select t.creator_id, t.at, t.amount
         from span s join reward_takebacks t
           on t.at >= s.first::timestamp at time zone 'UTC' and t.at < s.after::timestamp at time zone 'UTC'),
       reversed as (
         select creator_id, (at at time zone 'UTC')::date as day, 'reward.reversed' as type, sum(amount) as amount
         from taken group by 1, 2)
       select creator_id, to_char(day, 'YYYY-MM-DD') as day, type, amount::bigint as amount
       from (select * from withheld union all select * from reversed) x where amount > 0 order by day, creator_id, type`,
      [first, yesterday],
    )
    const at = `${utcDay(ctx.clock.now())}T00:00:00.000Z`
    await tell(
      client,
      rows.map(
        ({ creator_id: accountId, day, type, amount }): NewEvent => ({
          type,
          data: { day, amount: toCredits(amount as Millicredits) },
          accountId,
          at,
        }),
      ),
    )
    await client.query('update event_relay set rewards_told_to = $1', [yesterday])
  })
}

async function forgetOld(ctx: Context): Promise<void> {
  const before = new Date(ctx.clock.now().getTime() - KEPT_DAYS * DAY_MS)
  let count = ROWS_MAX
  while (count === ROWS_MAX) {
    const { rowCount } = await ctx.pool.query({
      name: 'forget-events',
      // The oldest events come first, so the search for one to keep ends at the first one.
      text: `
        delete from events where seq in (
          select seq from events
          where seq < coalesce((select seq from events where at >= $1 order by seq limit 1), 9223372036854775807)
          order by seq limit ${ROWS_MAX})`,
      values: [before],
    })
    count = rowCount ?? 0
  }
}
