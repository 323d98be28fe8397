import { currentCatalog, freePlanKey } from '@/lib/catalogs/current'
import { USAGES_A_SESSION } from './shapes'

/*
 * The statements that fill a ledger, a chunk of accounts at a time. Everything a charge leaves behind follows from running
 * sums: within a period the allowance pays until it is spent, then packs, one after another, bought at the start of the
 * period that needs them. Times of an account only increase; the start of a period is a few microseconds before its first
 * charge.
 */

/** The free plan's key as an SQL literal. */
const freePlanSql = () => `'${freePlanKey()}'`

/** Constants of a fill. Only whole numbers, because they are inserted into the SQL. */
export type Terms = {
  /** The millisecond of the fill and its seed, the prefix of every id. */
  at: number
  seed: number
  packCredits: number
  packCents: number
  priceVersion: number
  /** The positions of sessions, repeated according to their weight, keyed by plan. */
  sessions: { free: number[]; paid: number[] }
  /** The time a paid allowance stays spendable after its period. */
  graceHours: number
}

const CHARGES_A_SESSION = 8
/** Charges within a session are 20 s apart, or closer together if the sessions are. */
const STEP_MS = 20_000
const NO_APP = `'00000000-0000-0000-0000-000000000000'::uuid`

/** Version 7 ids that increase in writing order, so that every index grows only at its end. */
function idOf({ at, seed }: Terms, kind: number): (sequence: string) => string {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')
  const head = `${hex(at, 12)}7${hex(kind, 3)}8${hex(seed, 3)}`
  return (sequence) => `('${head}' || lpad(to_hex((${sequence})::bigint), 12, '0'))::uuid`
}

/** The tables of a fill: temporary, so that they end with its connection. */
export const CREATE_TABLES = `
  create temp table shape (place int primary key, operation text, usage jsonb, base int, premium int, premium_bps int);
  create temp table everybody (number int primary key, id uuid, external_id text, plan text, allowance bigint,
    allowance_cents bigint, signed_up_at timestamptz, starts timestamptz[], ends timestamptz[], charges int,
    charges_before bigint, apps int[]);
  create temp table everyapp (number int primary key, id uuid, creator_id uuid, name text, slug text, created_at timestamptz)`

export const INSERT_SHAPES = `
  insert into shape
  select * from unnest($1::int[], $2::text[], $3::jsonb[], $4::int[], $5::int[], $6::int[])`

/** Periods and apps are passed as JSON, because PostgreSQL's nested arrays must be rectangular. */
export const insertEverybody = (terms: Terms) => `
  insert into everybody
  select number, ${idOf(terms, 1)('number')}, external_id, plan, allowance, cents, signed_up_at,
    array(select jsonb_array_elements_text(starts)::timestamptz), array(select jsonb_array_elements_text(ends)::timestamptz),
    charges, charges_before, array(select jsonb_array_elements_text(apps)::int + 1)
  from unnest($1::int[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::timestamptz[], $7::jsonb[], $8::jsonb[],
    $9::int[], $10::bigint[], $11::jsonb[])
    a (number, external_id, plan, allowance, cents, signed_up_at, starts, ends, charges, charges_before, apps)`

export const insertEveryapp = (terms: Terms) => `
  insert into everyapp
  select a.number, ${idOf(terms, 2)('a.number')}, e.id, a.name, a.slug, a.created_at
  from unnest($1::int[], $2::int[], $3::text[], $4::text[], $5::timestamptz[]) a (number, creator, name, slug, created_at)
    join everybody e on e.number = a.creator`

/** The tiers of `plan`. */
const tiersSql = () =>
  `case plan ${currentCatalog()
    .plans.map(({ key, tiers }) => `when '${key}' then '{${tiers}}'::text[]`)
    .join(' ')} end`

/** People and apps are written before any charge, which may name any app. */
export const writePeople = () => `
  insert into users (id, external_id, email, name, created_at)
  select id, external_id, external_id || '@load.example', initcap(replace(external_id, '-', ' ')), signed_up_at
  from everybody order by number;
  insert into wallets (account_id, plan, tiers, anchor_day, next_due_at, last_at)
  select id, plan, ${tiersSql()}, (signed_up_at at time zone 'UTC')::date, signed_up_at, signed_up_at from everybody order by number;
  insert into apps (id, creator_id, name, slug, visibility, created_at)
  select id, creator_id, name, slug, 'public', created_at from everyapp order by number`

/** `$1` to `$2` are account numbers, `$3` is now. */
export const makeCharges = ({ seed, sessions }: Terms) => `
  create temp table c on commit drop as
  with session as (
    select e.number, e.id as account_id, e.plan, e.allowance, e.starts, e.signed_up_at, e.charges, e.charges_before, e.apps,
      s, g.gap, hashint8extended(s::bigint * 1048576 + e.number, ${seed}) as h
    from everybody e
      cross join lateral (
        select (extract(epoch from $3::timestamptz - e.signed_up_at) * 1000 - 2000)::bigint
          / ((e.charges + ${CHARGES_A_SESSION - 1}) / ${CHARGES_A_SESSION}) as gap) g
      cross join lateral generate_series(0, (e.charges - 1) / ${CHARGES_A_SESSION}) s
    where e.number between $1 and $2),
  made as (
    select s.number, s.account_id, s.plan, s.allowance, s.starts, s.charges_before + j as sequence, j, s.apps,
      s.signed_up_at + (1000 + s.s * s.gap + (s.h >> 20 & 1048575) * (s.gap / 2) / 1048576
        + i * least(${STEP_MS}, s.gap / 16)) * interval '1 millisecond' as at,
      ${USAGES_A_SESSION} * case s.plan
        when ${freePlanSql()} then (array[${sessions.free.join()}])[1 + (s.h & 65535) % ${sessions.free.length}]
        else (array[${sessions.paid.join()}])[1 + (s.h & 65535) % ${sessions.paid.length}] end
        + ((5 * i + (s.h >> 16)) & ${USAGES_A_SESSION - 1})::int as place,
      s.apps[1 + (s.h >> 40 & 7)] as app
    from session s cross join generate_series(0, ${CHARGES_A_SESSION - 1}) i
      cross join lateral (select s.s * ${CHARGES_A_SESSION} + i as j) n
    where n.j < s.charges),
  named as (
    select m.number, m.account_id, m.plan, m.allowance, m.sequence, m.j, m.at, width_bucket(m.at, m.starts) as k, m.place,
      p.operation, p.base, a.id as app_id, nullif(a.creator_id, m.account_id) as creator_id,
      case when a.creator_id <> m.account_id then p.premium else 0 end as premium,
      p.base + case when a.creator_id <> m.account_id then p.premium else 0 end as total
    from made m join shape p on p.place = m.place
      left join everyapp a on a.number = m.app and p.operation not like 'editor.%'),
  summed as (
    select n.*, sum(total) over (partition by number, k order by j rows unbounded preceding) as upper from named n),
  split as (
    select s.*, (greatest(upper - allowance, 0) - greatest(upper - total - allowance, 0))::int as excess from summed s)
  select s.*, sum(excess) over (partition by number order by k, j rows unbounded preceding) as pack_upper from split s`

/** The usage of each account's periods. A paid plan's period runs whether or not it has usage. */
export const makePeriods = ({ packCredits }: Terms, now: string) => `
  create temp table p on commit drop as
  with used as (
    select number, k, min(at) as first_at, max(at) as last_at, max(upper) as spent, max(pack_upper) as pack_end
    from c group by number, k),
  every as (
    select * from used
    union all
    select e.number, cardinality(e.starts), timestamptz '${now}', null, 0, max(u.pack_end)
    from used u join everybody e on e.number = u.number
    where e.plan <> ${freePlanSql()} group by e.number, e.starts having max(u.k) < cardinality(e.starts))
  select e.id as account_id, e.plan, e.allowance, e.allowance_cents, e.starts[p.k] as period_start, e.ends[p.k] as period_end,
    p.*, (p.pack_end + ${packCredits - 1}) / ${packCredits} as packs,
    coalesce(lag((p.pack_end + ${packCredits - 1}) / ${packCredits}) over line, 0) as packs_before,
    coalesce(lag(p.pack_end) over line, 0) as pack_end_before, lag(p.k) over line as k_before,
    coalesce(lag(greatest(e.allowance - p.spent, 0)) over line, 0) as unused_before, lead(p.k) over line is null as is_last
  from every p join everybody e on e.number = p.number window line as (partition by p.number order by p.k);
  create index on p (number, k);
  analyze c, p`

const CHARGE = 3
const ALLOWANCE = 4
const PACK = 5

export function writeRows(terms: Terms): string[] {
  const { packCredits, packCents, priceVersion, seed, graceHours } = terms
  const charge = idOf(terms, CHARGE)('c.sequence')
  const allowance = (row: string, k: string) => idOf(terms, ALLOWANCE)(`${row}.number::bigint * 4096 + ${k}`)
  const pack = (row: string, index: string) => idOf(terms, PACK)(`${row}.number::bigint * 1048576 + ${index}`)
  const [free, first, last] = [allowance('c', 'c.k'), pack('c', 'f.first_pack'), pack('c', 'f.last_pack')]
  const firstPart = `least(c.excess, (f.first_pack + 1) * ${packCredits}::bigint - (c.pack_upper - c.excess))`
  return [
    `insert into charges (account_id, at, id, operation, app_id, creator_id, usage, base, premium, reward, price_version,
      premium_bps, grant_ids, grant_amounts, balance_after, reference, fingerprint)
    select c.account_id, c.at, ${charge}, c.operation, c.app_id, c.creator_id, s.usage, c.base, c.premium, c.premium,
      ${priceVersion}, case when c.creator_id is null then 0 else s.premium_bps end,
      case
        when c.excess = 0 then array[${free}]
        when c.excess = c.total and f.first_pack = f.last_pack then array[${first}]
        when c.excess = c.total then array[${first}, ${last}]
        when f.first_pack = f.last_pack then array[${free}, ${first}]
        else array[${free}, ${first}, ${last}] end,
      case
        when c.excess = 0 or c.excess = c.total and f.first_pack = f.last_pack then array[c.total::bigint]
        when c.excess = c.total then array[${firstPart}, c.total - ${firstPart}]
        when f.first_pack = f.last_pack then array[(c.total - c.excess)::bigint, c.excess]
        else array[c.total - c.excess, ${firstPart}, c.excess - ${firstPart}] end,
      greatest(p.allowance - c.upper, 0) + p.packs * ${packCredits}::bigint - c.pack_upper,
      case when c.j & 15 = 0 then 'order-' || c.j end,
      case when c.place & 3 = 0 and c.operation like 'ai.%' then 'request-' || (c.j * 31 >> 3) % 997 end
    from c join p on p.number = c.number and p.k = c.k join shape s on s.place = c.place
      cross join lateral (
        select (c.pack_upper - c.excess) / ${packCredits} as first_pack, (c.pack_upper - 1) / ${packCredits} as last_pack) f`,
    `insert into idempotency_keys (account_id, key, fingerprint, kind, object_id)
    select c.account_id, 'load-${seed}-' || lpad(c.j::text, 9, '0'), ${charge}, 'charge', ${charge} from c`,
    `insert into usage_days (account_id, day, operation, app_id, charges, base, premium, paid)
    select account_id, (at at time zone 'UTC')::date, operation, coalesce(app_id, ${NO_APP}), count(*), sum(base), sum(premium),
      sum(total)
    from c group by 1, 2, 3, 4 order by 1, 2, 3, 4`,
    `insert into grants (account_id, id, source, granted, remaining, used, expired, expires_at, plan, period_start, period_end,
      paid_amount, paid_tax, paid_currency, stripe_line, created_at)
    select p.account_id, ${allowance('p', 'p.k')}, 'allowance', p.allowance,
      case when p.is_last then p.allowance - u.used else 0 end, u.used,
      case when p.is_last then 0 else p.allowance - u.used end,
      p.period_end + case when p.is_last and p.plan <> ${freePlanSql()} then interval '${graceHours} hours' else interval '0' end,
      p.plan, p.period_start, p.period_end, p.allowance_cents, case when p.allowance_cents is null then null else 0 end,
      case when p.allowance_cents is null then null else 'usd' end,
      case when p.allowance_cents is null then null else 'load_${seed}_il_' || p.number || '_' || p.k end,
      date_trunc('milliseconds', p.first_at - (p.packs - p.packs_before + 1) * interval '1 microsecond')
    from p cross join lateral (select least(p.spent, p.allowance) as used) u`,
    `insert into grants (account_id, id, source, granted, remaining, used, paid_amount, paid_tax, paid_currency, stripe_line,
      created_at)
    select p.account_id, ${pack('p', 'i')}, 'pack', ${packCredits}, ${packCredits} - u.used, u.used, ${packCents}, 0, 'usd',
      'load_${seed}_li_' || p.number || '_' || i, date_trunc('milliseconds', p.first_at - (p.packs - i) * interval '1 microsecond')
    from p join (select number, max(pack_end) as pack_end from p group by number) e on e.number = p.number
      cross join lateral generate_series(p.packs_before, p.packs - 1) i
      cross join lateral (
        select least(greatest(e.pack_end - i * ${packCredits}::bigint, 0), ${packCredits}) as used) u`,
    `insert into entries (account_id, at, kind, grant_id, amount, effective_at, balance_after)
    select p.account_id, p.first_at - (p.packs - p.packs_before + 2) * interval '1 microsecond', 'expire',
      ${allowance('p', 'p.k_before')}, -p.unused_before, b.period_end, p.packs_before * ${packCredits}::bigint - p.pack_end_before
    from p join p b on b.number = p.number and b.k = p.k_before where p.unused_before > 0
    union all
    select account_id, at, 'grant', ${allowance('p', 'p.k')}, allowance, at,
      allowance + packs_before * ${packCredits}::bigint - pack_end_before
    from p cross join lateral (select p.first_at - (p.packs - p.packs_before + 1) * interval '1 microsecond' as at) t
    union all
    select account_id, at, 'grant', ${pack('p', 'i')}, ${packCredits}, at,
      allowance + (i + 1) * ${packCredits}::bigint - pack_end_before
    from p cross join lateral generate_series(p.packs_before, p.packs - 1) i
      cross join lateral (select p.first_at - (p.packs - i) * interval '1 microsecond' as at) t`,
    `update wallets w set available = greatest(l.allowance - l.spent, 0) + l.packs * ${packCredits}::bigint - l.pack_end,
      next_due_at = l.period_end, last_at = greatest(l.last_at, l.first_at)
    from p l where l.is_last and w.account_id = l.account_id`,
  ]
}

/** Rewards come last, because other connections add to the same creators, each in its own slot (`$1`). */
export const WRITE_REWARDS = [
  `insert into reward_counters as r (creator_id, slot, earned_paid, earned_free)
  select creator_id, $1::smallint, sum(paid), sum(premium - paid)
  from (
    select creator_id, premium,
      premium::bigint * (excess + case when plan <> ${freePlanSql()} then total - excess else 0 end) / total as paid
    from c where creator_id is not null) e
  group by creator_id order by creator_id
  on conflict (creator_id, slot, home) do update set earned_paid = r.earned_paid + excluded.earned_paid,
    earned_free = r.earned_free + excluded.earned_free`,
  `insert into reward_days as r (creator_id, day, app_id, operation, slot, uses, paid, earned)
  select creator_id, (at at time zone 'UTC')::date, app_id, operation, $1::smallint, count(*), sum(total), sum(premium)
  from c where creator_id is not null group by 1, 2, 3, 4 order by 1, 2, 3, 4
  on conflict (creator_id, day, app_id, operation, slot, home) do update set uses = r.uses + excluded.uses,
    paid = r.paid + excluded.paid, earned = r.earned + excluded.earned`,
]
