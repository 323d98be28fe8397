import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { listInvoices } from '@/lib/billing'
import { DAY_MS, ManualClock } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { type Balance, getBalance } from '@/lib/credits/verbs/get-balance'
import { getEnv } from '@/lib/env'
import { checkAllMonths } from '@/lib/operator/report-checks.test-support'
import { simulated } from '@/lib/simulation/simulate.test-support'
import { createTestDatabase, type TestDatabase } from '@/lib/testing/database'
import { credits } from '@/lib/testing/scenario'
import { findAccountId } from '@/lib/users/find-user'
import { seedDemo } from './seed'
import { EVERYBODY } from './seed/people'
import { storyOf } from './seed/stories'

const NOW = new Date('2026-11-23T15:20:00Z')

type Seeded = { database: TestDatabase; ctx: Context }

async function seeded(now: Date, env = getEnv()): Promise<Seeded> {
  const database = await createTestDatabase()
  await seedDemo(now, env)
  // The pool reports its end just before its connections end, and dropping the database would break them.
  const connections = `select count(*)::int as open from pg_stat_activity where datname = current_database()`
  const onlyOurs = async () => {
    const { rows } = await database.pool.query<{ open: number }>(connections)
    expect(rows[0]?.open).toBe(database.pool.totalCount)
  }
  await vi.waitFor(onlyOurs, { timeout: 20_000 })
  const clock = new ManualClock(now)
  return {
    database,
    ctx: { pool: database.pool, clock, caller: { kind: 'system', name: 'test' }, requestId: 't' },
  }
}

let folder: string
let one: Seeded
let other: Seeded
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'ai-credits-seed-'))
  vi.stubEnv('DATA_DIR', folder)
  other = await seeded(NOW)
  one = await seeded(NOW)
})
afterAll(async () => {
  await one.database.close()
  await other.database.close()
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

const balanceOf = async (person: string): Promise<Balance> =>
  getBalance(one.ctx, await findAccountId(one.ctx, `demo-${person}`))

async function rows<Row extends object>(
  { database }: Seeded,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  return (await database.pool.query<Row>(sql, values)).rows
}

test('seeding two databases with the same clock gives the same history', async () => {
  const perPerson = `
    select u.external_id, w.plan, w.available, w.held, w.last_at::text,
      (select json_agg(json_build_array(c.at, c.operation, c.base, c.premium, c.absorbed, c.reward, c.balance_after) order by c.at)
        from charges c where c.account_id = u.id) as charges,
      (select json_agg(json_build_array(g.source, g.granted, g.remaining, g.used, g.expired) order by g.created_at, g.source)
        from grants g where g.account_id = u.id) as grants
    from users u join wallets w on w.account_id = u.id order by u.external_id`
  expect(await rows(one, perPerson)).toEqual(await rows(other, perPerson))
})

describe('the seeded ledger', () => {
  test('every grant is balanced, and every wallet matches its grants and holds', async () => {
    const broken = await rows(
      one,
      `select w.account_id from wallets w
       left join lateral (select coalesce(sum(remaining), 0) as remaining, coalesce(sum(held), 0) as held,
         bool_and(granted = remaining + held + used + expired + revoked) as conserves
         from grants g where g.account_id = w.account_id) g on true
       left join lateral (select coalesce(sum(amount), 0) as held
         from holds h where h.account_id = w.account_id and h.status = 'open') h on true
       where w.available <> g.remaining or w.held <> g.held or w.held <> h.held or not g.conserves`,
    )
    expect(broken).toEqual([])
  })

  test('the roll-up equals the charges and refunds, and the counters equal the rewards', async () => {
    const [sums] = await rows<Record<string, number>>(
      one,
      `select (select sum(base + premium - absorbed) from charges)::bigint as charged,
         (select sum(paid) from usage_days)::bigint as rolled_up,
         (select sum(amount) from refunds)::bigint as refunded,
         (select sum(refunded) from usage_days)::bigint as rolled_up_refunded,
         (select sum(reward) from charges)::bigint as rewarded,
         (select sum(earned_paid + earned_free) from reward_counters)::bigint as counted,
         (select sum(earned) from reward_days)::bigint as earned`,
    )
    expect(sums?.charged).toBe(sums?.rolled_up)
    expect(sums?.refunded).toBe(sums?.rolled_up_refunded)
    expect([sums?.counted, sums?.earned]).toEqual([sums?.rewarded, sums?.rewarded])
  })

  test('simulating the versions in effect reproduces it to the millicredit', async () => {
    const again = { version: null, from: new Date(0), to: NOW, replay: true }
    const { total } = await simulated(one.ctx, again)
    const [sums] = await rows(
      one,
      `select count(*) as charges, (select sum(paid - refunded) from usage_days)::bigint as paid,
         (sum(reward) - (select sum(reward_reversed) from refunds))::bigint as rewards from charges`,
    )
    const { charges, credits: paid, rewards, refused, unpriced } = total
    expect({ charges, paid: paid.after, rewards: rewards.after }).toEqual(sums)
    expect([paid.before, rewards.before]).toEqual([paid.after, rewards.after])
    expect([refused, unpriced.charges]).toEqual([0, 0])
  })

  test('nothing happens before an account exists or after now', async () => {
    const odd = await rows(
      one,
      `select c.id from charges c join users u on u.id = c.account_id where c.at < u.created_at or c.at > $1`,
      [NOW],
    )
    expect(odd).toEqual([])
  })
})

describe('the seeded people', () => {
  test('Ada has used 90 % of her Free allowance and a whole pack, and has no other credits', async () => {
    const ada = await balanceOf('ada')
    expect(ada.plan.key).toBe('free')
    expect(ada.allowance.used).toBeGreaterThan(credits(870))
    expect(ada.allowance.used).toBeLessThanOrEqual(credits(905))
    expect(ada.available).toBe(ada.allowance.remaining)
    const packs = await rows(
      one,
      `select remaining, used from grants where source = 'pack' and account_id = $1`,
      [ada.accountId],
    )
    expect(packs).toEqual([{ remaining: 0, used: credits(2_000) }])
  })

  test('Sam is on Super in a renewed period, with a pack, a promo and an open hold', async () => {
    const sam = await balanceOf('sam')
    expect(sam.plan).toEqual({ key: 'super', endsAt: null })
    expect(sam.allowance.limit).toBe(credits(10_000))
    expect(sam.packs.remaining).toBe(credits(5_000))
    expect(sam.promo.remaining).toBe(credits(300))
    expect(sam.openHolds).toMatchObject([{ operation: 'video.standard', amount: sam.held }])
    const [counts] = await rows<Record<string, number>>(
      one,
      `select count(distinct operation)::int as operations, count(*) filter (where absorbed > 0)::int as absorbed,
         count(hold_id)::int as held, (select count(*)::int from refunds r where r.account_id = $1) as refunds
       from charges c where account_id = $1`,
      [sam.accountId],
    )
    expect(counts).toMatchObject({ operations: 10, refunds: 3 })
    expect(counts?.absorbed).toBeGreaterThan(0)
    expect(counts?.held).toBeGreaterThan(counts?.absorbed ?? 0)
  })

  test('Ada’s and Sam’s purchases exist in the local Stripe that the demo continues with', async () => {
    const invoicesOf = async (person: string) => {
      const user = `demo-${person}`
      const { items } = await listInvoices(one.ctx, { user, limit: 10 })
      return items.map(({ description, amount, status }) => [description, amount, status])
    }
    expect(await invoicesOf('ada')).toEqual([['Small pack', 600, 'paid']])
    expect(await invoicesOf('sam')).toEqual([
      ['Medium pack', 1_400, 'paid'],
      [expect.stringMatching(/Super/), 2_000, 'paid'],
      [expect.stringMatching(/Super/), 2_000, 'paid'],
    ])
    const [sam] = await rows<{ status: string; paid: boolean; ends: Date }>(
      one,
      `select s.status, s.paid, s.period_end as ends from subscriptions s join users u on u.id = s.account_id
       where u.external_id = 'demo-sam'`,
    )
    expect(sam).toMatchObject({ status: 'active', paid: true })
    expect(sam?.ends.getTime()).toBeGreaterThan(NOW.getTime() + 10 * DAY_MS)
    expect(await rows(one, 'select type from webhook_events where applied_at is null')).toEqual([])
    const file = path.join(folder, 'stripe.json')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const { store } = JSON.parse(readFileSync(file, 'utf8'))
    expect([store.subscriptions.length, store.deliveries]).toEqual([1, []])
  })

  test('Cleo has earned rewards in both apps; Page Reader has too few users for its figures to be shown', async () => {
    const cleo = await balanceOf('cleo')
    expect(cleo.rewards.balance).toBeGreaterThan(credits(100))
    const payers = await rows<{ slug: string; payers: number }>(
      one,
      `select a.slug, count(distinct c.account_id)::int as payers from charges c join apps a on a.id = c.app_id
       where c.creator_id = $1 and c.reward > 0 and c.at > $2::timestamptz - interval '30 days' group by 1 order by 1`,
      [cleo.accountId, NOW],
    )
    expect(payers).toEqual([
      { slug: 'page-reader', payers: 3 },
      { slug: 'story-studio', payers: 10 },
    ])
  })

  test('Nova has 1,000 credits and no history', async () => {
    const nova = await balanceOf('nova')
    expect(nova.available).toBe(credits(1_000))
    expect(await rows(one, 'select 1 from charges where account_id = $1', [nova.accountId])).toEqual([])
  })

  test('everyone has a whole period before the current one', async () => {
    for (const person of EVERYBODY.filter((candidate) => candidate.habits.length > 0)) {
      const { allowance } = await balanceOf(person.key)
      const before = (allowance.periodStart?.getTime() ?? 0) - NOW.getTime()
      expect(before).toBeLessThan(-10 * DAY_MS)
      expect(before).toBeGreaterThan(-26 * DAY_MS)
    }
  })
})

test('seeding works just after midnight on the last day of a long month', async () => {
  const late = await seeded(new Date('2027-01-31T00:05:00Z'))
  try {
    const ada = await getBalance(late.ctx, await findAccountId(late.ctx, 'demo-ada'))
    expect(ada.allowance.used).toBeGreaterThan(credits(850))
    expect(ada.packs.remaining).toBe(0)
  } finally {
    await late.database.close()
  }
})

test('seeding with a real Stripe makes no purchases', async () => {
  const env = getEnv()
  const free = await seeded(NOW, { ...env, stripe: { ...env.stripe, secretKey: 'sk_test_real' } })
  try {
    const sam = await getBalance(free.ctx, await findAccountId(free.ctx, 'demo-sam'))
    expect(sam).toMatchObject({ plan: { key: 'free' }, packs: { remaining: 0 } })
    expect(sam.allowance.used).toBeGreaterThan(credits(200))
    const bought = `select (select count(*) from customers)::int as customers,
      (select count(*) from grants where source = 'pack' or plan <> 'free')::int as grants`
    expect(await rows(free, bought)).toEqual([{ customers: 0, grants: 0 }])
  } finally {
    await free.database.close()
  }
})

test('the steps of a story are in chronological order and end now', () => {
  for (const person of EVERYBODY) {
    for (const canBuy of [true, false]) {
      const times = storyOf(person, NOW, { canBuy }).map((step) => step.at.getTime())
      expect(times).toEqual(times.toSorted((left, right) => left - right))
      expect(Math.max(0, ...times)).toBeLessThanOrEqual(NOW.getTime())
    }
  }
})

test('every monthly report of the seeded ledger balances, and the last one ends with the current balances', async () => {
  const reports = await checkAllMonths(one.ctx)
  const november = reports.find(({ month }) => month.name === '2026-11')
  expect(november?.total.used).toBeGreaterThan(0)
  expect(november?.moneyTotals.map(({ currency }) => currency)).toEqual(['usd'])
  expect(november?.rewards.total.earned).toBeGreaterThan(0)
})
