import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Pool } from 'pg'
import { freePlan } from '@/lib/catalog'
import { catalogAt } from '@/lib/catalogs/current'
import { knowDefault } from '@/lib/catalogs/keep-default'
import { systemClock } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { freePeriodAt, startOfUtcDay } from '@/lib/credits/book/periods'
import { openEmbedded } from '@/lib/db/embedded'
import { migrate } from '@/lib/db/migrate'
import { createPool } from '@/lib/db/pool'

// This process works on a database that begins with the default catalogue.
knowDefault()

/** Enough for about four million charges to one account, so that none is refused. */
export const PROMO_MILLICREDITS = 100_000_000_000

export type Stage = {
  url: string
  pool: Pool
  ctx: Context
  accounts: string[]
  apps: { id: string; creatorId: string }[]
  close(): Promise<void>
}

/** The product's own embedded PostgreSQL with its own settings, in a temporary directory. */
export async function openStage(size: { accounts: number; apps: number }): Promise<Stage> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'ai-credits-bench-'))
  chmodSync(dataDir, 0o711)
  const embedded = await openEmbedded(dataDir, 'command')
  const pool = createPool(embedded.url)
  const close = async () => {
    process.off('SIGINT', interrupted)
    await pool.end()
    await embedded.release()
    rmSync(dataDir, { recursive: true, force: true })
  }
  const interrupted = () => void close().finally(() => process.exit(130))
  process.on('SIGINT', interrupted)
  try {
    await migrate(embedded.url)
    return { url: embedded.url, pool, close, ...(await populate(pool, size)) }
  } catch (error) {
    await close()
    throw error
  }
}

async function populate(pool: Pool, size: { accounts: number; apps: number }) {
  const ctx: Context = {
    pool,
    clock: systemClock,
    caller: { kind: 'system', name: 'bench' },
    requestId: 'bench',
  }
  const accounts = await openAccounts(ctx, size.accounts, 'payer')
  const creators = await openAccounts(ctx, size.apps, 'creator')
  const { rows: apps } = await pool.query<{ id: string; creatorId: string }>({
    text: `
      insert into apps (id, creator_id, name, slug, visibility, created_at)
      select uuidv7(), id, 'Bench ' || n, 'bench-' || n, 'public', $2
      from unnest($1::uuid[]) with ordinality c (id, n) returning id, creator_id as "creatorId"`,
    values: [creators, ctx.clock.now()],
  })
  await pool.query('vacuum (analyze)')
  return { ctx, accounts, apps }
}

/**
 * Free accounts as `openAccount` makes them plus a promotional grant, written set-based: the allowance pays first, then the
 * promotion, and the transition is part of the measurement.
 */
async function openAccounts({ pool, clock }: Context, count: number, name: string): Promise<string[]> {
  const now = clock.now()
  const anchorDay = startOfUtcDay(now)
  const free = freePlan(catalogAt(now))
  const period = freePeriodAt(anchorDay, now)
  const { rows } = await pool.query<{ id: string }>({
    text: `
      with u as (
        insert into users (id, external_id, email, created_at)
        select uuidv7(), $1 || '-' || n, $1 || '-' || n || '@example.com', $3 from generate_series(1, $2::int) n
        returning id),
      w as (
        insert into wallets (account_id, plan, tiers, anchor_day, available, next_due_at, last_at)
        select id, $8, $9, $4::date, $6::bigint + $7::bigint, $5, $3::timestamptz + interval '1 microsecond' from u),
      allowance as (
        insert into grants (account_id, id, source, granted, remaining, expires_at, plan, period_start, period_end, created_at)
        select id, uuidv7(), 'allowance', $6, $6, $5, $8, $4, $5, $3 from u returning account_id, id),
      promo as (
        insert into grants (account_id, id, source, granted, remaining, reason, created_at)
        select id, uuidv7(), 'promo', $7, $7, 'bench', $3 from u returning account_id, id),
      e as (
        insert into entries (account_id, at, kind, grant_id, amount, effective_at, reason, balance_after)
        select account_id, $3::timestamptz, 'grant', id, $6::bigint, $3, null, $6::bigint from allowance
        union all
        select account_id, $3::timestamptz + interval '1 microsecond', 'grant', id, $7::bigint, $3, 'bench', $6::bigint + $7::bigint
        from promo)
      select id from u`,
    values: [
      name,
      count,
      now,
      period.start,
      period.end,
      free.monthlyCredits,
      PROMO_MILLICREDITS,
      free.key,
      free.tiers,
    ],
  })
  return rows.map((row) => row.id)
}
