import { spawn } from 'node:child_process'
import { once } from 'node:events'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createEmptyTestDatabase, type EmptyTestDatabase } from '@/lib/testing/database'
import { ownFunctions } from './functions'
import { migrate, migrationsOnDisk, readMigration } from './migrate'

let database: EmptyTestDatabase

beforeEach(async () => {
  database = await createEmptyTestDatabase()
})
afterEach(() => database.close())

async function query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  try {
    return (await client.query<Row>(text, values)).rows
  } finally {
    await client.end()
  }
}

async function appliedMigrations(): Promise<string[]> {
  const rows = await query<{ name: string }>(
    'select migration_name as name from _prisma_migrations where finished_at is not null order by 1',
  )
  return rows.map(({ name }) => name)
}

/** Every object of the database and every row of Prisma's table. */
async function contents(): Promise<string[]> {
  const objects = await query<{ line: string }>(
    `select relnamespace::regnamespace || '.' || relname as line from pg_class
     where relnamespace::regnamespace::text !~ '^pg_|information_schema' union all
     select 'function ' || oid::regprocedure from pg_proc where pronamespace = 'public'::regnamespace union all
     select 'schema ' || nspname from pg_namespace order by 1`,
  )
  const rows = await query<{ line: string }>(
    `select case when to_regclass('_prisma_migrations') is null then '{}'
       else query_to_xml('select * from _prisma_migrations order by id', true, false, '')::text end as line`,
  )
  return [...objects, ...rows].map(({ line }) => line)
}

/** The migrations that version 0.1 recorded. The baseline creates the same schema. */
const VERSION_0_1 = [
  '20261101000000_init',
  '20261102000000_batches',
  '20261103000000_test_clock',
  '20261104000000_billing',
  '20261106000000_consent',
  '20261110000000_batch_budgets',
  '20261111000000_studio',
  '20261113000000_rate_limits',
  '20261114000000_operator_actions',
  '20261115000000_finance',
  '20261117000000_used_apps',
  '20261118000000_used_apps_partial',
  '20261119000000_reward_plans',
  '20261124000000_no_truncate',
  '20261127170000_account_history',
  '20261127170500_rewards_on_hold',
  '20261127173000_app_names',
  '20261127174000_payers_by_operation',
  '20261127175000_studio_dues',
  '20261127181000_premium_unearned',
  '20261127181100_premium_unearned_days',
  '20261127182000_forget_provider_tokens',
  '20261127183000_reward_takebacks',
  '20261127190000_rewards_restored',
]

/** Makes a database with the tables of version 0.1 and these recorded migrations. */
async function makeVersion01(names: string[]): Promise<void> {
  await query(readMigration('20261128000000_baseline'))
  await query(
    `create table _prisma_migrations (
      id varchar(36) primary key, checksum varchar(64) not null, finished_at timestamptz, migration_name varchar(255) not null,
      logs text, rolled_back_at timestamptz, started_at timestamptz not null default now(),
      applied_steps_count integer not null default 0)`,
  )
  await query(
    `insert into _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
     select gen_random_uuid(), '', now(), name, 1 from unnest($1::text[]) name`,
    [names],
  )
}

async function expectRefusal(words: string): Promise<void> {
  const before = await contents()
  await expect(migrate(database.url)).rejects.toMatchObject({
    name: 'UnknownDatabase',
    message: expect.stringContaining(words),
  })
  expect(await contents()).toEqual(before)
}

describe('migrate', () => {
  it('brings an empty database up to date, even if two processes start concurrently', async () => {
    await Promise.all([migrate(database.url), migrate(database.url)])
    expect(await appliedMigrations()).toEqual(migrationsOnDisk())
    expect(await contents()).toContain(`schema ${ownFunctions().schema}`)
  })

  it('records the baseline in a database of version 0.1, even if two processes start concurrently', async () => {
    await makeVersion01(VERSION_0_1)
    await Promise.all([migrate(database.url), migrate(database.url)])
    expect(await appliedMigrations()).toEqual([...VERSION_0_1, ...migrationsOnDisk()])
    expect(await contents()).toContain(`schema ${ownFunctions().schema}`)
  })

  it('gives the wallets of version 0.1 the tiers of their plans, and its reward counters the default `home`', async () => {
    await makeVersion01(VERSION_0_1)
    await query(`
      insert into users (id, email, created_at)
      select gen_random_uuid(), plan || '@example.com', now() from unnest(array['free', 'super']) plan;
      insert into wallets (account_id, plan, anchor_day, next_due_at, last_at)
      select id, split_part(email, '@', 1), now(), now(), now() from users;
      insert into reward_counters (creator_id, slot, earned_free) select id, 0, 7 from users`)
    await migrate(database.url)
    expect(await query('select plan, tiers from wallets order by plan')).toEqual([
      { plan: 'free', tiers: ['standard'] },
      { plan: 'super', tiers: ['standard', 'advanced'] },
    ])
    expect(await query('select distinct home, earned_free::int as earned from reward_counters')).toEqual([
      { home: '00000000-0000-0000-0000-000000000000', earned: 7 },
    ])
  })

  it('refuses to replace the indexes of version 0.1 with an incomplete index', async () => {
    await makeVersion01(VERSION_0_1)
    await query(`
      create unique index charges_id_account_id_key on charges (id, account_id);
      update pg_index set indisvalid = false where indexrelid = 'charges_id_account_id_key'::regclass`)
    await expect(migrate(database.url)).rejects.toThrow('invalid indexes: charges_id_account_id_key')
    expect(await query(`select to_regclass('charges_id_key')::text as name`)).toEqual([
      { name: 'charges_id_key' },
    ])
  })

  it('accepts a database that a newer version migrated', async () => {
    await migrate(database.url)
    await query(
      `insert into _prisma_migrations (id, checksum, finished_at, migration_name) values (gen_random_uuid(), '', now(), '2099_later')`,
    )
    await migrate(database.url)
    expect(await appliedMigrations()).toContain('2099_later')
  })

  it('refuses a database with only part of the migrations of version 0.1 and does not change it', async () => {
    await makeVersion01(VERSION_0_1.slice(0, -1))
    await expectRefusal('migrations up to 20261127183000_reward_takebacks')
  })

  it('refuses a database of version 0.1 with an unfinished migration', async () => {
    await makeVersion01(VERSION_0_1)
    await query(`update _prisma_migrations set finished_at = null where migration_name = $1`, [
      VERSION_0_1[3],
    ])
    await expectRefusal('not all of 0.1')
  })

  it('refuses a database of another product and does not change it', async () => {
    await query('create table invoices (id integer)')
    await expectRefusal('tables of another product')
  })

  it('makes the server exit with a one-sentence message if it cannot use the database', async () => {
    await query('create table invoices (id integer)')
    const env = {
      PATH: process.env.PATH,
      NODE_ENV: 'production' as const,
      APP_ENV: 'test',
      DATABASE_URL: database.url,
    }
    const server = spawn(process.execPath, ['--import', 'tsx', 'server.ts'], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    server.stderr.on('data', (chunk) => (said += chunk))
    const [code] = await once(server, 'close')
    expect(code).toBe(1)
    expect(said).toBe(
      'The database cannot be used: it has tables of another product, and this version needs an empty one or one of version 0.1 or later.\n',
    )
  })

  it('does not start the Prisma CLI on a database that has every migration', async () => {
    await migrate(database.url)
    vi.stubEnv('PRISMA_SCHEMA_ENGINE_BINARY', '/bin/false')
    try {
      await expect(migrate(database.url)).resolves.toBeUndefined()
      await query('drop schema public cascade; create schema public')
      await expect(migrate(database.url)).rejects.toThrow('The database could not be migrated')
    } finally {
      vi.unstubAllEnvs()
    }
  })

  it('reports the cause if the database is unreachable', async () => {
    const unreachable = database.url.replace(/:\d+\//, ':1/')
    await expect(migrate(unreachable)).rejects.toThrow('ECONNREFUSED')
  })
})
