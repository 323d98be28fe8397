import { type Check, NO_APP } from './check'
import { PAID, REWARD_BOUGHT, REWARD_DUE, shareOf } from './reward-terms'

/** The rows written with a charge or refund: roll-up, reward, counters (ledger rule 4, "Rewards", "Refund of a charge"). */
export const USAGE_CHECKS: Check[] = [
  {
    rule: 'usage-days',
    states:
      'the daily roll-up is the sum of the day’s charges, of their refunds and of the premium parts that earned no reward',
    sql: `
      with made as (
        select account_id, (at at time zone 'UTC')::date as day, operation, coalesce(app_id, ${NO_APP}) as app_id,
          count(*) as charges, sum(base) as base, sum(premium) as premium, sum(base + premium - absorbed) as paid,
          sum(premium - reward) as unearned
        from charges group by 1, 2, 3, 4),
      returned as (
        select c.account_id, (c.at at time zone 'UTC')::date as day, c.operation, coalesce(c.app_id, ${NO_APP}) as app_id,
          sum(r.amount) as refunded
        from refunds r join charges c on c.id = r.charge_id group by 1, 2, 3, 4),
      expected as (
        select m.*, coalesce(r.refunded, 0) as refunded
        from made m left join returned r using (account_id, day, operation, app_id))
      select coalesce(u.account_id, e.account_id)::text as id,
        format('%s %s %s: kept %s, charged %s', coalesce(u.day, e.day), coalesce(u.operation, e.operation),
          coalesce(u.app_id, e.app_id), (u.charges, u.base, u.premium, u.paid, u.refunded, u.premium_unearned),
          (e.charges, e.base, e.premium, e.paid, e.refunded, e.unearned)) as detail
      from usage_days u full join expected e using (account_id, day, operation, app_id)
      where (u.charges, u.base::numeric, u.premium::numeric, u.paid::numeric, u.refunded::numeric)
          is distinct from (e.charges, e.base, e.premium, e.paid, e.refunded)
        or u.premium_unearned <> e.unearned`,
  },
  {
    rule: 'charge-reward',
    states: 'a reward is ⌊premium × paid ÷ total⌋, and zero if there is no creator to earn it',
    sql: `
      select id::text, format('reward %s of premium %s, paid %s of %s', reward, premium, base + premium - absorbed,
        base + premium) as detail
      from charges c
      where reward <> ${REWARD_DUE}`,
  },
  {
    rule: 'reward-counters',
    states: 'a creator’s earned rewards, from paid and from free credits, are the sum over the charges',
    sql: `
      with funded as (
        select c.creator_id, c.reward, ${REWARD_BOUGHT} as paid from charges c where c.creator_id is not null),
      expected as (
        select creator_id, sum(paid) as earned_paid, sum(reward - paid) as earned_free from funded group by creator_id),
      kept as (
        select creator_id, sum(earned_paid) as earned_paid, sum(earned_free) as earned_free
        from reward_counters group by creator_id)
      select coalesce(k.creator_id, e.creator_id)::text as id,
        format('kept %s, charged %s', (k.earned_paid, k.earned_free), (e.earned_paid, e.earned_free)) as detail
      from kept k full join expected e using (creator_id)
      where coalesce(k.earned_paid, 0) <> coalesce(e.earned_paid, 0) or coalesce(k.earned_free, 0) <> coalesce(e.earned_free, 0)`,
  },
  {
    rule: 'reward-days',
    states: 'rewards by creator, day, app and operation are the sum over the charges and their refunds',
    sql: `
      with made as (
        select creator_id, (at at time zone 'UTC')::date as day, app_id, operation, count(*) as uses,
          sum(base + premium - absorbed) as paid, sum(reward) as earned
        from charges where creator_id is not null group by 1, 2, 3, 4),
      returned as (
        select c.creator_id, (c.at at time zone 'UTC')::date as day, c.app_id, c.operation, sum(r.reward_reversed) as reversed
        from refunds r join charges c on c.id = r.charge_id where c.creator_id is not null group by 1, 2, 3, 4),
      lost as (select creator_id, day, app_id, operation, sum(amount) as lost from reward_takebacks group by 1, 2, 3, 4),
      expected as (
        select m.*, coalesce(r.reversed, 0) + coalesce(l.lost, 0) as reversed
        from made m left join returned r using (creator_id, day, app_id, operation)
          left join lost l using (creator_id, day, app_id, operation)),
      kept as (
        select creator_id, day, app_id, operation, sum(uses) as uses, sum(paid) as paid, sum(earned) as earned,
          sum(reversed) as reversed
        from reward_days group by 1, 2, 3, 4)
      select coalesce(k.creator_id, e.creator_id)::text as id,
        format('%s %s: kept %s, charged %s', coalesce(k.day, e.day), coalesce(k.operation, e.operation),
          (k.uses, k.paid, k.earned, k.reversed), (e.uses, e.paid, e.earned, e.reversed)) as detail
      from kept k full join expected e using (creator_id, day, app_id, operation)
      where (k.uses, k.paid, k.earned, k.reversed) is distinct from (e.uses::numeric, e.paid, e.earned, e.reversed)`,
  },
  {
    rule: 'reward-reversed',
    states:
      'the reversed rewards of a creator, and their paid and withheld parts, add up to refunds and returned money',
    sql: `
      with refunded as (
        select charge_id, sum(amount) as amount, sum(reward_reversed) as reversed from refunds group by charge_id),
      part as (
        select c.creator_id, r.amount, r.reversed, c.reward_on_hold, ${PAID} as paid, ${REWARD_BOUGHT} as earned_paid
        from refunded r join charges c on c.id = r.charge_id where c.creator_id is not null),
      lost as (select creator_id, sum(amount) as lost from reward_takebacks group by creator_id),
      returned as (
        select creator_id, sum(reversed) as reversed, sum(${shareOf('earned_paid', 'amount', 'paid')}) as reversed_paid,
          sum(${shareOf('reward_on_hold', 'amount', 'paid')}) as reversed_on_hold
        from part group by creator_id),
      expected as (
        select creator_id, coalesce(reversed, 0) + coalesce(lost, 0) as reversed,
          coalesce(reversed_paid, 0) + coalesce(lost, 0) as reversed_paid, coalesce(reversed_on_hold, 0) as reversed_on_hold
        from returned full join lost using (creator_id))
      select coalesce(a.creator_id, e.creator_id)::text as id,
        format('kept %s, refunds and returned money %s', (a.reversed - a.restored, a.reversed_paid - a.restored, a.reversed_on_hold),
          (e.reversed, e.reversed_paid, e.reversed_on_hold)) as detail
      from reward_accounts a full join expected e using (creator_id)
      where coalesce(a.reversed - a.restored, 0) <> coalesce(e.reversed, 0)
        or coalesce(a.reversed_paid - a.restored, 0) <> coalesce(e.reversed_paid, 0)
        or coalesce(a.reversed_on_hold, 0) <> coalesce(e.reversed_on_hold, 0)`,
  },
  {
    rule: 'reward-on-hold',
    states:
      'withheld rewards are the sum over the charges, in the counters and by day, and their reversals by day',
    sql: `
      with charged as (
        select creator_id, sum(reward_on_hold) as on_hold from charges where creator_id is not null group by creator_id),
      counted as (select creator_id, sum(on_hold) as on_hold from reward_counters group by creator_id),
      by_day as (
        select creator_id, sum(on_hold) as on_hold, sum(reversed_on_hold) as reversed from reward_days group by creator_id)
      select creator_id::text as id, format('charges %s, counters %s, days %s; reversed %s, days %s', h.on_hold, c.on_hold,
        d.on_hold, a.reversed_on_hold, d.reversed) as detail
      from charged h full join counted c using (creator_id) full join by_day d using (creator_id)
        left join reward_accounts a using (creator_id)
      where coalesce(h.on_hold, 0) <> coalesce(c.on_hold, 0) or coalesce(h.on_hold, 0) <> coalesce(d.on_hold, 0)
        or coalesce(a.reversed_on_hold, 0) <> coalesce(d.reversed, 0)`,
  },
  {
    rule: 'reward-transferred',
    states: 'every transfer of a creator\u2019s rewards has one grant of its amount',
    sql: `
      with granted as (
        select account_id as creator_id, sum(granted) as amount, count(*) as times from grants where source = 'reward'
        group by account_id),
      moved as (
        select t.creator_id, sum(t.amount) as amount, sum(t.funded_paid) as paid, count(*) as times
        from reward_transfers t join grants g on g.id = t.id and g.account_id = t.creator_id and g.granted = t.amount
        group by t.creator_id)
      select creator_id::text as id, format('transferred %s, transfers %s, granted %s', a.transferred, m.amount, g.amount) as detail
      from reward_accounts a full join granted g using (creator_id) full join moved m using (creator_id)
      where coalesce(a.transferred, 0) <> coalesce(g.amount, 0) or coalesce(m.times, 0) <> coalesce(g.times, 0)
        or coalesce(a.transferred, 0) <> coalesce(m.amount, 0) or coalesce(a.transferred_paid, 0) <> coalesce(m.paid, 0)`,
  },
  {
    rule: 'transfer-earned',
    states: 'a creator has moved no more rewards than were earned and not withheld',
    sql: `
      select a.creator_id::text as id, format('transferred %s, earned %s', a.transferred, coalesce(c.earned, 0)) as detail
      from reward_accounts a left join (
        select creator_id, sum(earned_paid + earned_free - on_hold) as earned from reward_counters group by creator_id) c
        using (creator_id)
      where a.transferred > coalesce(c.earned, 0)`,
  },
  {
    rule: 'refund-bounds',
    states: 'the refunds of a charge stay within the amount paid and reverse ⌊reward × refunded ÷ paid⌋',
    sql: `
      select c.id::text, format('paid %s, refunded %s, reversed %s of %s', ${PAID}, r.amount, r.reversed, c.reward) as detail
      from (
        select charge_id, sum(amount) as amount, sum(reward_reversed) as reversed from refunds group by charge_id) r
        join charges c on c.id = r.charge_id
      where r.amount > ${PAID} or r.reversed <> ${shareOf('c.reward', 'r.amount', PAID)}`,
  },
  {
    rule: 'refund-parts',
    states:
      'a refund returns credits to the grants of its charge, last-funded first and to each at most the part it paid',
    sql: `
      with refund as (
        select id, charge_id, grant_ids, grant_amounts, amount, sum(amount) over line as upto
        from refunds window line as (partition by charge_id order by at rows unbounded preceding)),
      returned as (
        select r.id, p.grant_id, p.amount from refund r cross join lateral unnest(r.grant_ids, r.grant_amounts) p (grant_id, amount)),
      -- Counted from its end, a charge is a sequence of parts, and its refunds are consecutive sections of that sequence.
      due as (
        select r.id, p.grant_id, least(r.upto, p.upto) - greatest(r.upto - r.amount, p.upto - p.amount) as amount
        from refund r join charges c on c.id = r.charge_id cross join lateral (
          select grant_id, amount, sum(amount) over (order by place desc rows unbounded preceding) as upto
          from unnest(c.grant_ids, c.grant_amounts) with ordinality x (grant_id, amount, place)) p
        where least(r.upto, p.upto) > greatest(r.upto - r.amount, p.upto - p.amount))
      select id::text, format('grant %s is due %s, got back %s', grant_id, d.amount, r.amount) as detail
      from returned r full join due d using (id, grant_id) where r.amount is distinct from d.amount
      union all
      select id::text, format('refund of %s, parts %s', amount, parts)
      from (select r.id, r.amount, (select coalesce(sum(a), 0) from unnest(r.grant_amounts) a) as parts from refunds r) r
      where amount <> parts`,
  },
  {
    rule: 'budget-used',
    states: 'a budget counts its app\u2019s charges minus refunds since the budget\u2019s period began',
    sql: `
      select b.account_id::text as id, format('app %s: counted %s, taken %s', b.app_id, b.used, coalesce(c.spent, 0)) as detail
      from app_budgets b left join lateral (
        select sum(c.base + c.premium - c.absorbed - coalesce((
          select sum(r.amount) from refunds r where r.account_id = c.account_id and r.charge_id = c.id), 0)) as spent
        from charges c where c.account_id = b.account_id and c.app_id = b.app_id and c.at >= b.period_start) c on true
      where b.used <> coalesce(c.spent, 0)`,
  },
  {
    rule: 'limit-used',
    states: 'a limit counts the charges of its scope minus refunds in its day, its week and its month',
    sql: `
      select l.account_id::text as id, format('%s %s: counted %s, taken %s', l.scope, l.app_id,
        (l.day_used, l.week_used, l.month_used), (c.day, c.week, c.month)) as detail
      from spending_limits l cross join lateral (
        select coalesce(sum(x.spent) filter (where x.day = l.day), 0) as day,
          coalesce(sum(x.spent) filter (where date_trunc('week', x.day)::date = l.week), 0) as week,
          coalesce(sum(x.spent) filter (where x.at >= l.month_start), 0) as month
        from (
          select c.at, (c.at at time zone 'UTC')::date as day, c.base + c.premium - c.absorbed - coalesce((
            select sum(r.amount) from refunds r where r.account_id = c.account_id and r.charge_id = c.id), 0) as spent
          from charges c where c.account_id = l.account_id and in_scope(l.scope, l.app_id, c.operation, c.app_id)
            and c.at >= least(l.month_start, l.week at time zone 'UTC')) x) c
      where (l.day_used, l.week_used, l.month_used) is distinct from (c.day::bigint, c.week::bigint, c.month::bigint)
        or l.week <> date_trunc('week', l.day)::date`,
  },
  {
    rule: 'run-spent',
    states: 'a run counts its charges and what they took minus refunds',
    sql: `
      select r.id::text, format('counted %s in %s, taken %s in %s', r.spent, r.charges, coalesce(c.spent, 0), coalesce(c.charges, 0)) as detail
      from runs r left join (
        select c.account_id, c.run_id, count(*) as charges, sum(${PAID} - coalesce((
          select sum(f.amount) from refunds f where f.account_id = c.account_id and f.charge_id = c.id), 0)) as spent
        from charges c where c.run_id is not null group by 1, 2) c on c.account_id = r.account_id and c.run_id = r.id
      where r.spent <> coalesce(c.spent, 0) or r.charges <> coalesce(c.charges, 0)`,
  },
  {
    rule: 'run-cap',
    states: 'the charges and the open holds of a run stay within its cap',
    sql: `
      select r.id::text, format('cap %s, spent %s, held %s', r.cap, r.spent, h.held) as detail
      from runs r join (
        select account_id, run_id, sum(amount) as held from holds
        where status = 'open' and run_id is not null group by 1, 2) h on h.account_id = r.account_id and h.run_id = r.id
      where r.spent + h.held > r.cap`,
  },
  {
    rule: 'run-members',
    states: 'the charges and holds of a run belong to its account and its app',
    sql: `
      select x.id::text, format('run %s of app %s, named by app %s', x.run_id, r.app_id, x.app_id) as detail
      from (
        select id, account_id, run_id, app_id from charges where run_id is not null
        union all select id, account_id, run_id, app_id from holds where run_id is not null) x
        left join runs r on r.account_id = x.account_id and r.id = x.run_id
      where r.id is null or r.app_id is distinct from x.app_id`,
  },
]
