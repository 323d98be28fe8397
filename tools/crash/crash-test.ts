import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ensureBuilt } from '@/scripts/build.mjs'
import { Client } from './client'
import { Load } from './load'
import { openStage, type Stage } from './stage'
import { verify } from './verify'

const USAGE = `Repeatedly kills servers and PostgreSQL under load, then compares the ledger with the answers that clients got.

  npm run test:crash -- [--kills 200] [--seconds 3600] [--servers 2] [--clients 16] [--users 40]

Ends after this many kills or seconds, whichever comes first. Exits 1 on any difference, or if not every kind of victim was killed.
`

const OPTIONS = {
  kills: { type: 'string', default: '200' },
  seconds: { type: 'string', default: '3600' },
  servers: { type: 'string', default: '2' },
  clients: { type: 'string', default: '16' },
  users: { type: 'string', default: '40' },
} as const

const VICTIMS = ['server', 'postmaster', 'backend', 'server and postmaster'] as const
type Victim = (typeof VICTIMS)[number]

/** The answers between two kills, so that each kill hits work in progress. */
const ANSWERS_BETWEEN_MIN = 20
const BETWEEN_MS = [50, 400] as const
const RICH = 200_000
const PROGRESS_KILLS = 20
/** A third of the users soon run out of credits, so that refusals and last credits are tested too. */
const POOR_SHARE = 3

function numberOf(name: keyof typeof OPTIONS, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number above 0`)
  return value
}

/** The target of a numbered kill: each kind in turn, and each server equally often. */
function nextVictim(kill: number, servers: number): { victim: Victim; place: number } {
  const round = Math.floor(kill / VICTIMS.length)
  const victim = VICTIMS[kill % VICTIMS.length] ?? 'server'
  return { victim, place: (round + (victim === 'server' ? 0 : 1)) % servers }
}

/** Kills and restarts the target. Returns the outage in milliseconds once every server answers. */
async function strike(stage: Stage, victim: Victim, place: number): Promise<number> {
  const { database, servers, pool } = stage
  const server = victim.startsWith('server') ? servers[place] : undefined
  const started = performance.now()
  if (victim === 'backend') await database.killBackend(pool)
  if (victim.endsWith('postmaster')) database.kill()
  await server?.kill()
  if (victim.endsWith('postmaster')) await database.start()
  await server?.start()
  for (const each of servers) {
    while (!(await each.isHealthy())) {
      if (!each.isRunning) throw new Error(`a server exited after the ${victim} was killed`)
      await delay(20)
    }
  }
  return performance.now() - started
}

type Fire = { counts: Record<string, number>; outages: number[]; meanwhile: number; findings: string[] }

/** Kills repeatedly while the load runs. `meanwhile` counts the responses from the other servers while one was down. */
async function fire(stage: Stage, load: Load, limits: { kills: number; seconds: number }): Promise<Fire> {
  const deadline = performance.now() + limits.seconds * 1_000
  const done: Fire = { counts: {}, outages: [], meanwhile: 0, findings: [] }
  const several = stage.servers.length > 1
  for (let kill = 0; kill < limits.kills && performance.now() < deadline; kill++) {
    const before = load.acknowledged.length
    const [least, most] = BETWEEN_MS
    await delay(least + Math.random() * (most - least))
    while (load.acknowledged.length < before + ANSWERS_BETWEEN_MIN) await delay(10)
    const { victim, place } = nextVictim(kill, stage.servers.length)
    const label =
      victim.startsWith('server') && several ? victim.replace('server', `server ${place + 1}`) : victim
    const answered = load.acknowledged.length
    done.outages.push(await strike(stage, victim, place))
    done.counts[label] = (done.counts[label] ?? 0) + 1
    if (victim === 'server' && several) {
      const meanwhile = load.acknowledged.length - answered
      done.meanwhile += meanwhile
      if (meanwhile === 0) done.findings.push(`nothing was answered while ${label} was down`)
    }
    if ((kill + 1) % PROGRESS_KILLS === 0)
      console.log(`${kill + 1} kills, ${load.acknowledged.length} answers`)
  }
  // A run without load proves nothing.
  if (done.outages.length < Math.min(limits.kills, VICTIMS.length))
    done.findings.push(`there was time for only ${done.outages.length} kills, not for one of each kind`)
  return done
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({ options: OPTIONS })
  const kills = numberOf('kills', values.kills)
  const seconds = numberOf('seconds', values.seconds)
  await ensureBuilt()
  const projects = Array.from({ length: numberOf('servers', values.servers) }, () => process.cwd())
  const stage = await openStage(numberOf('users', values.users), projects)
  const { database, servers, pool } = stage
  const killServers = () => Promise.all(servers.map((server) => server.kill()))
  process.once('SIGINT', () => {
    database.kill()
    void killServers().finally(() => process.exit(130))
  })
  const client = new Client(
    servers.map(({ origin }) => origin),
    stage.secret,
  )
  const load = new Load(client, stage.users, 'crash', stage.creator)
  try {
    for (const [index, user] of stage.users.entries())
      await (index % POOR_SHARE === 0 ? load.drain(user) : load.grant(user, RICH))
    const loading = load.run(numberOf('clients', values.clients))
    const fired = await fire(stage, load, { kills, seconds })
    load.stop()
    await loading
    const verdict = await verify(pool, client, load.acknowledged)
    const findings = [...fired.findings, ...verdict.findings]
    const outages = fired.outages.sort((left, right) => left - right)
    const summary = {
      servers: servers.length,
      kills: outages.length,
      ...fired.counts,
      ...verdict.figures,
      answeredBy: servers.map(
        (_, place) => load.acknowledged.filter(({ server }) => server === place).length,
      ),
      answeredWhileOneServerWasAway: fired.meanwhile,
      retries: client.retries,
      lostAnswersGivenByAnotherServer: client.givenByAnother,
      outageMedianMs: Math.round(outages[Math.floor(outages.length / 2)] ?? 0),
      outageLongestMs: Math.round(outages.at(-1) ?? 0),
    }
    console.log(JSON.stringify(summary, null, 2))
    for (const finding of findings) console.error(`✗ ${finding}`)
    console.log(
      findings.length === 0 ? 'No acknowledged effect was lost or duplicated; the audit is clean.' : 'FAILED',
    )
    return findings.length === 0
  } finally {
    load.stop()
    await killServers()
    await pool.end()
    await database.remove()
  }
}

try {
  process.exitCode = (await main()) ? 0 : 1
} catch (error) {
  console.error(error instanceof Error && 'code' in error ? `${error.message}\n\n${USAGE}` : error)
  process.exitCode = 1
}
// Half-open sockets to a killed server would keep the process alive for minutes.
process.exit()
