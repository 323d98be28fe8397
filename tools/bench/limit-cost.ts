/**
 * The cost of limits: processor time per charge, of PostgreSQL and Node together by the system's accounting, with a
 * daily and a monthly limit on every account against none. Both halves of the accounts are loaded in turn, and a
 * midnight passes in the middle of each load.
 *
 *   npm run bench:limits -- [--pairs 6] [--seconds 8] [--clients 512] [--unarmed]
 */
import { readdirSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Clock, DAY_MS, SECOND_MS } from '@/lib/clock'
import { median } from './measure'
import { openStage, type Stage } from './stage'
import { runVerb } from './verb'

const ACCOUNTS = 10_000
const APPS = 1_000
const WARMUP_SECONDS = 2
/** The unit of processor time in `/proc` on Linux. */
const TICK_MS = 10

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '6' },
    seconds: { type: 'string', default: '8' },
    clients: { type: 'string', default: '512' },
    unarmed: { type: 'boolean', default: false },
  },
})

/** The processor time of all processes of PostgreSQL that this process started, in ms. */
function databaseMs(postmaster: number): number {
  let ticks = 0
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (Number(pid) === postmaster || Number(fields[1]) === postmaster)
        ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // The process has ended in the meantime.
    }
  }
  return ticks * TICK_MS
}

async function postmasterOf({ pool }: Stage): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid')
  const stat = readFileSync(`/proc/${rows[0]?.pid}/stat`, 'utf8')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

/** A clock that passes the next midnight after `seconds`. */
function clockBeforeMidnight(midnight: number, seconds: number): Clock {
  const began = performance.now()
  return { now: () => new Date(midnight - seconds * SECOND_MS + (performance.now() - began)) }
}

async function main(): Promise<void> {
  const [pairs, seconds, clients] = [values.pairs, values.seconds, values.clients].map(Number)
  const stage = await openStage({ accounts: 2 * ACCOUNTS, apps: APPS })
  const print = (line: string) => process.stdout.write(`${line}\n`)
  try {
    const without = { ...stage, accounts: stage.accounts.slice(0, ACCOUNTS) }
    const armed = { ...stage, accounts: stage.accounts.slice(ACCOUNTS) }
    if (!values.unarmed) await arm(armed)
    const postmaster = await postmasterOf(stage)
    let midnight = Math.ceil(Date.now() / DAY_MS) * DAY_MS
    const measure = async (part: Stage): Promise<number> => {
      const clock = clockBeforeMidnight(midnight, WARMUP_SECONDS + (seconds ?? 0) / 2)
      midnight += DAY_MS
      const timed = { ...part, ctx: { ...part.ctx, clock } }
      const before = { node: process.cpuUsage(), database: databaseMs(postmaster) }
      const { rows: first } = await stage.pool.query<{ count: number }>('select count(*) from charges')
      const sample = await runVerb(timed, {
        way: 'batched',
        shape: 'uniform',
        clients: clients ?? 1,
        seconds: seconds ?? 1,
        warmupSeconds: WARMUP_SECONDS,
      })
      const node = process.cpuUsage(before.node)
      const database = databaseMs(postmaster) - before.database
      const { rows: last } = await stage.pool.query<{ count: number }>('select count(*) from charges')
      const charges = Number(last[0]?.count) - Number(first[0]?.count)
      const micros = (node.user + node.system + database * 1_000) / charges
      print(
        `${part === armed ? 'armed  ' : 'without'} ${Math.round(sample.perSecond)}/s, ${micros.toFixed(1)} µs a charge ` +
          `(PostgreSQL ${((database * 1_000) / charges).toFixed(1)})`,
      )
      return micros
    }
    await measure(without)
    await measure(armed)
    const ratios: number[] = []
    for (let pair = 0; pair < (pairs ?? 0); pair += 1) {
      const order = pair % 2 === 0 ? [without, armed] : [armed, without]
      const cost = new Map<Stage, number>()
      for (const part of order) cost.set(part, await measure(part))
      ratios.push((cost.get(armed) ?? 0) / (cost.get(without) ?? 1))
      print(`pair ${pair + 1}: ${((ratios.at(-1) ?? 0) * 100).toFixed(1)} %`)
    }
    print(`median of ${ratios.length} pairs: ${(median(ratios) * 100).toFixed(1)} %`)
  } finally {
    await stage.close()
  }
}

/** A daily and a monthly limit that are never reached, on every account. */
async function arm({ pool, accounts }: Stage): Promise<void> {
  await pool.query({
    text: `
      insert into spending_limits (account_id, scope, day_limit, month_limit, day, day_used, week, week_used, month_start, month_used)
      select id, 'account', 1000000000000, 1000000000000, current_date, 0, date_trunc('week', current_date)::date, 0, now(), 0
      from unnest($1::uuid[]) id`,
    values: [accounts],
  })
  await pool.query('vacuum (analyze)')
}

await main()
