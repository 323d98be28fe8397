import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { createKey } from '@/lib/auth/keys'
import { systemClock } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { migrate } from '@/lib/db/migrate'
import { createPool } from '@/lib/db/pool'
import { publicId } from '@/lib/ids'
import { createUser } from '@/lib/users/create-user'
import { ensureBuilt } from './build.mjs'
import { Client } from './crash/client'
import { Load } from './crash/load'
import { DatabaseProcess, ServerProcess } from './crash/processes'
import { verify } from './crash/verify'

const USAGE = `Kills the server and PostgreSQL under load, over and over, then holds the ledger against what clients were told.

  npm run test:crash -- [--kills 200] [--seconds 3600] [--clients 16] [--users 40] [--keep]

Ends after so many kills or seconds, whichever comes first. Exits 1 on any difference.
`

const OPTIONS = {
  kills: { type: 'string', default: '200' },
  seconds: { type: 'string', default: '3600' },
  clients: { type: 'string', default: '16' },
  users: { type: 'string', default: '40' },
} as const

const VICTIMS = ['server', 'postmaster', 'backend', 'server and postmaster'] as const
type Victim = (typeof VICTIMS)[number]

/** So many answers between two kills, so that each of them hits work in progress. */
const ANSWERS_BETWEEN_MIN = 20
const BETWEEN_MS = [50, 400] as const
const RICH = 200_000
const PROGRESS_KILLS = 20
/** A third of the users soon run out, so that refusals and the last credits are under fire too. */
const POOR_SHARE = 3

function numberOf(name: keyof typeof OPTIONS, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number above 0`)
  return value
}

async function openStage(users: number) {
  const database = await DatabaseProcess.create()
  await database.start()
  const admin = new pg.Client({ connectionString: database.adminUrl })
  await admin.connect()
  await admin.query('create database credits')
  await admin.end()
  await migrate(database.url)
  const pool = createPool(database.url, { max: 4 })
  const ctx: Context = {
    pool,
    clock: systemClock,
    caller: { kind: 'system', name: 'crash' },
    requestId: 'crash',
  }
  const names: string[] = []
  for (let index = 0; index < users; index++) {
    const { id } = await createUser(ctx, {
      email: `crash-${index}@example.com`,
      name: null,
      externalId: null,
    })
    names.push(publicId('user', id))
  }
  const creator = await createUser(ctx, { email: 'creator@example.com', name: null, externalId: null })
  await pool.query({
    text: `insert into apps (id, creator_id, name, slug, visibility, created_at)
      values (gen_random_uuid(), $1, 'Crash', 'crash', 'public', $2)`,
    values: [creator.id, systemClock.now()],
  })
  const { secret } = await createKey(ctx, { name: 'crash test' })
  const server = await ServerProcess.create(database)
  await server.start()
  return { database, server, pool, secret, users: names }
}

type Stage = Awaited<ReturnType<typeof openStage>>

/** Kills, starts again, and returns once requests are answered; the milliseconds between are the outage. */
async function strike(stage: Stage, victim: Victim): Promise<number> {
  const { database, server, pool } = stage
  const started = performance.now()
  if (victim === 'backend') await database.killBackend(pool)
  if (victim.endsWith('postmaster')) database.kill()
  if (victim.startsWith('server')) await server.kill()
  if (victim.endsWith('postmaster')) await database.start()
  if (victim.startsWith('server')) await server.start()
  while (!(await server.isHealthy())) {
    if (!server.isRunning) throw new Error(`the server ended by itself after the ${victim} was killed`)
    await delay(20)
  }
  return performance.now() - started
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({ options: OPTIONS })
  const kills = numberOf('kills', values.kills)
  const deadline = performance.now() + numberOf('seconds', values.seconds) * 1_000
  await ensureBuilt()
  const stage = await openStage(numberOf('users', values.users))
  process.once('SIGINT', () => {
    stage.database.kill()
    void stage.server.kill().finally(() => process.exit(130))
  })
  const client = new Client(stage.server.origin, stage.secret)
  const load = new Load(client, stage.users, 'crash')
  try {
    for (const [index, user] of stage.users.entries())
      await (index % POOR_SHARE === 0 ? load.drain(user) : load.grant(user, RICH))
    const loading = load.run(numberOf('clients', values.clients))
    const counts = new Map<Victim, number>(VICTIMS.map((victim) => [victim, 0]))
    const outages: number[] = []
    for (let kill = 0; kill < kills && performance.now() < deadline; kill++) {
      const before = load.acknowledged.length
      const [least, most] = BETWEEN_MS
      await delay(least + Math.random() * (most - least))
      while (load.acknowledged.length < before + ANSWERS_BETWEEN_MIN) await delay(10)
      const victim = VICTIMS[kill % VICTIMS.length] ?? 'server'
      outages.push(await strike(stage, victim))
      counts.set(victim, (counts.get(victim) ?? 0) + 1)
      if ((kill + 1) % PROGRESS_KILLS === 0)
        console.log(`${kill + 1} kills, ${load.acknowledged.length} answers`)
    }
    load.stop()
    await loading
    const { findings, figures } = await verify(stage.pool, client, load.acknowledged)
    outages.sort((left, right) => left - right)
    const summary = {
      kills: outages.length,
      ...Object.fromEntries(counts),
      ...figures,
      retries: client.retries,
      outageMedianMs: Math.round(outages[Math.floor(outages.length / 2)] ?? 0),
      outageLongestMs: Math.round(outages.at(-1) ?? 0),
    }
    console.log(JSON.stringify(summary, null, 2))
    for (const finding of findings) console.error(`✗ ${finding}`)
    console.log(
      findings.length === 0 ? 'No acknowledged effect lost, none doubled; the audit is clean.' : 'FAILED',
    )
    return findings.length === 0
  } finally {
    load.stop()
    await stage.server.kill()
    await stage.pool.end()
    await stage.database.remove()
  }
}

try {
  process.exitCode = (await main()) ? 0 : 1
} catch (error) {
  console.error(error instanceof Error && 'code' in error ? `${error.message}\n\n${USAGE}` : error)
  process.exitCode = 1
}
// Sockets that a killed server left half open would keep the process for minutes.
process.exit()
