import { existsSync, rmSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '@/lib/apps/create-app'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { createKey, findKey, revokeKey } from '@/lib/auth/keys'
import { HOUR_MS, ManualClock } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { getBalance } from '@/lib/credits/verbs/get-balance'
import { grantCredits } from '@/lib/credits/verbs/grant-credits'
import { refundCharge } from '@/lib/credits/verbs/refund-charge'
import { transferRewards } from '@/lib/credits/verbs/transfer-rewards'
import { NotFound } from '@/lib/errors'
import { newUuid } from '@/lib/ids'
import { type ChargeRequest, chargeUse } from '@/lib/metering/charge-use'
import { captureUse, holdUse, releaseUse } from '@/lib/metering/hold-use'
import { createTestDatabase } from '@/lib/testing/database'
import { buyPack } from '@/lib/testing/purchases'
import { credits, newAccount, newKey, PLAIN } from '@/lib/testing/scenario'
import type { Cluster } from './embedded/cluster'
import { migrate } from './migrate'
import { createPool } from './pool'
import {
  contentsOf,
  createArchivingCluster,
  finishSegment,
  loadDump,
  loseCluster,
  openSite,
  restoreTo,
  type Site,
  startCluster,
  takeBaseBackup,
  takeDump,
} from './restore.test-support'

type Payer = { accountId: string; user: string }

const idempotency = () => ({ key: newKey(), fingerprint: newUuid() })

/** A page costs 8 credits. */
const pages = ({ user }: Payer, count: number, key = newKey(), app: string | null = null): ChargeRequest => ({
  user,
  ...(app === null ? {} : { app }),
  operation: 'web.extract',
  usage: { pages: count },
  idempotencyKey: key,
  ...PLAIN,
})

const contextOf = (pool: pg.Pool, clock: ManualClock): Context => ({
  pool,
  clock,
  caller: { kind: 'system', name: 'restore' },
  requestId: 'restore',
})

/** Makes every kind of movement. Returns the payer, and a charge with its app and key. */
async function doEverything(ctx: Context, clock: ManualClock) {
  const payer = await newAccount({ ctx })
  const creator = await newAccount({ ctx })
  const app = await createApp(ctx, { accountId: creator.accountId, name: 'Kept', visibility: 'public' })
  await buyPack(ctx, { accountId: payer.accountId, amount: credits(2_000) })
  await grantCredits(ctx, {
    accountId: payer.accountId,
    amount: credits(100),
    reason: 'test',
    expiresAt: new Date(clock.now().getTime() + HOUR_MS),
    idempotency: idempotency(),
  })
  const key = newKey()
  const { value: charge } = await chargeUse(ctx, pages(payer, 50, key, app.slug))
  await Promise.all(Array.from({ length: 20 }, () => chargeUse(ctx, pages(payer, 1, newKey(), app.slug))))
  const hold = async (count: number) => {
    const request = { ...pages(payer, count), limit: null, expiresInSeconds: null }
    return (await holdUse(ctx, request)).value.id
  }
  await captureUse(ctx, { holdId: await hold(5), idempotencyKey: newKey(), usage: { pages: 3 } })
  await releaseUse(ctx, { holdId: await hold(4), idempotencyKey: newKey() })
  await hold(2)
  const refund = { accountId: payer.accountId, chargeId: charge.id, reason: 'test', amount: credits(100) }
  await refundCharge(ctx, { ...refund, idempotency: idempotency() })
  await transferRewards(ctx, {
    accountId: creator.accountId,
    amount: credits(10),
    idempotency: idempotency(),
  })
  // The promo expires with credits left; the next write records it.
  clock.advance(2 * HOUR_MS)
  await chargeUse(ctx, pages(payer, 1))
  return { payer, app: app.slug, key, charge }
}

type Used = Awaited<ReturnType<typeof doEverything>>

const auditOf = (pool: pg.Pool, clock: ManualClock) => auditLedger(pool, { now: clock.now() })

const driftOf = async (pool: pg.Pool, clock: ManualClock) =>
  (await auditOf(pool, clock)).checks.filter((check) => check.drifted > 0)

/** Expects that an old key still has its answer and that new charges work. */
async function expectToGoOn(ctx: Context, clock: ManualClock, { payer, app, key, charge }: Used) {
  const balance = await getBalance(ctx, payer.accountId)
  expect(await chargeUse(ctx, pages(payer, 50, key, app))).toEqual({ value: charge, replayed: true })
  expect(await getBalance(ctx, payer.accountId)).toEqual(balance)
  const next = await chargeUse(ctx, pages(payer, 2, newKey(), app))
  expect(next).toMatchObject({ replayed: false, value: { base: credits(16) } })
  expect(await driftOf(ctx.pool, clock)).toEqual([])
}

describe('a base backup and the archived log', { timeout: 180_000 }, () => {
  let site: Site
  const running = new Set<Cluster>()
  const pools: pg.Pool[] = []
  beforeAll(() => {
    site = openSite()
  })
  afterAll(async () => {
    for (const pool of pools) await pool.end()
    for (const cluster of running) await loseCluster(cluster)
    rmSync(site.folder, { recursive: true, force: true })
  })

  async function open(cluster: Cluster): Promise<{ url: string; pool: pg.Pool }> {
    running.add(cluster)
    const url = await startCluster(cluster, 'credits')
    const pool = createPool(url, { max: 4 })
    pools.push(pool)
    return { url, pool }
  }

  async function startAnew() {
    const cluster = await createArchivingCluster(site)
    running.add(cluster)
    const adminUrl = await startCluster(cluster, 'postgres')
    const admin = new pg.Client({ connectionString: adminUrl })
    await admin.connect()
    await admin.query('create database credits')
    await admin.end()
    const { url, pool } = await open(cluster)
    await migrate(url)
    return { cluster, adminUrl, pool }
  }

  it('restore the exact state of a restore point on another server', async () => {
    const clock = new ManualClock('2026-03-10T09:00:00Z')
    const before = await startAnew()
    const ctx = contextOf(before.pool, clock)

    const early = await doEverything(ctx, clock)
    // Charges continue while the files are copied, so the copy itself is not consistent.
    const backup = takeBaseBackup(site, before.cluster, before.adminUrl)
    const charges = Array.from({ length: 30 }, () => chargeUse(ctx, pages(early.payer, 1)))
    await Promise.all([backup, ...charges])
    const late = await doEverything(ctx, clock)
    const revokedLater = await createKey(ctx, { name: 'revoked later' })

    const contents = await contentsOf(before.pool)
    const { figures } = await auditOf(before.pool, clock)
    await before.pool.query("select pg_create_restore_point('before_the_mistake')")

    const mistaken = newKey()
    await chargeUse(ctx, pages(late.payer, 7, mistaken))
    await revokeKey(ctx, { id: revokedLater.key.id })
    const stranger = await newAccount({ ctx })
    expect(await contentsOf(before.pool)).not.toEqual(contents)
    const segment = await finishSegment(before.pool)
    await expect.poll(() => existsSync(path.join(site.archive, segment)), { timeout: 60_000 }).toBe(true)
    await before.pool.end()
    pools.length = 0
    await loseCluster(before.cluster)
    running.delete(before.cluster)

    const restored = await restoreTo(site, 'before_the_mistake')
    const { url, pool } = await open(restored)
    const isRecovering = async () =>
      (await pool.query<{ yes: boolean }>('select pg_is_in_recovery() as yes')).rows[0]?.yes
    await expect.poll(isRecovering, { timeout: 60_000 }).toBe(false)

    expect(await contentsOf(pool)).toEqual(contents)
    const report = await auditOf(pool, clock)
    expect(report).toMatchObject({ clean: true, figures })
    // All migrations are restored, so a process that starts has nothing to migrate.
    await migrate(url)
    expect(await contentsOf(pool)).toEqual(contents)

    const after = contextOf(pool, clock)
    await expect(getBalance(after, stranger.accountId)).rejects.toThrow(NotFound)
    // Later events are undone: their key is free, and an API key revoked later is valid again.
    expect(await findKey(after, revokedLater.secret)).not.toBeNull()
    expect((await chargeUse(after, pages(late.payer, 7, mistaken))).replayed).toBe(false)
    await expectToGoOn(after, clock, early)
    await expectToGoOn(after, clock, late)
  })
})

describe('a dump of every row from one snapshot', { timeout: 180_000 }, () => {
  it('gives a fresh database the same contents, and charges continue', async () => {
    const clock = new ManualClock('2026-03-10T09:00:00Z')
    const site = openSite()
    const from = await createTestDatabase()
    const to = await createTestDatabase()
    try {
      const ctx = contextOf(from.pool, clock)
      const used = await doEverything(ctx, clock)
      const dump = takeDump(site, from.pool)
      const charges = Array.from({ length: 30 }, () => chargeUse(ctx, pages(used.payer, 1)))
      const [contents] = await Promise.all([dump, ...charges])
      await loadDump(site, to.pool, Object.keys(contents))

      expect(await contentsOf(to.pool)).toEqual(contents)
      const restored = contextOf(to.pool, clock)
      expect(await driftOf(to.pool, clock)).toEqual([])
      await expectToGoOn(restored, clock, used)
    } finally {
      await to.close()
      await from.close()
      rmSync(site.folder, { recursive: true, force: true })
    }
  })
})
