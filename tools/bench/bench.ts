import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { BATCH_MAX } from '@/lib/credits/batch/run-batch'
import { ensureBuilt } from '@/scripts/build.mjs'
import { countCharges, fillTo } from './fill'
import { BATCH_SIZE, type HttpTarget, runHttp, startBaseline, startProduct } from './http'
import { medianSample, type Sample } from './measure'
import { prepareRaw, runRawBatch, runRawSame, runRawSingle } from './raw'
import { formatReport, load, machineOf, type Ratio, type Row, type Table, whole } from './report'
import { openStage, type Stage } from './stage'
import { runVerb, SHAPES, type Shape, type Way } from './verb'

const USAGE = `Measures charges at the verb, over HTTP and against the rule-free limit; writes docs/benchmarks.md.

  npm run bench -- [--only verb,raw,http,fill] [--seconds 5] [--repetitions 3] [--clients 1,8,32,128] [--callers 1500]
                   [--accounts 10000] [--apps 1000] [--fill 0,1000000,10000000] [--out docs/benchmarks.md] [--profile DIR]
`

const OPTIONS = {
  only: { type: 'string', default: 'verb,raw,http,fill' },
  seconds: { type: 'string', default: '5' },
  repetitions: { type: 'string', default: '3' },
  clients: { type: 'string', default: '1,8,32,128' },
  callers: { type: 'string', default: '1500' },
  accounts: { type: 'string', default: '10000' },
  apps: { type: 'string', default: '1000' },
  fill: { type: 'string', default: '0,1000000,10000000' },
  out: { type: 'string', default: 'docs/benchmarks.md' },
  profile: { type: 'string' },
} as const

/** Text below this line of the report was written by hand and is kept. */
const NOTES = '## What the figures say'
const RAW_BATCH = BATCH_MAX
const WARMUP_SECONDS = 1
/** Warm-up: V8 needs about ten thousand requests to compile hot code. */
const SERVER_WARMUP_SECONDS = 12
/** A thousand charges go to the database at a time, so eight requests keep it busy and 32 nearly fill its queue. */
const BATCH_REQUESTS_AT_ONCE = [1, 8, 32]
const EMPTY_CONNECTIONS = 32
const PEAK_SHARE = 0.8
const PEAK_CONNECTIONS = 512
/** At four fifths of the peak, a queue present at the start would take a long time to drain. */
const PACED_WARMUP_SECONDS = 3
/**
 * After a checkpoint each page is logged in full once; by the end of the warm-up this is over for most pages, and it
 * rarely recurs.
 */
const FILL_WARMUP = { seconds: 20, warmupSeconds: 0 }

const { values } = parseArgs({ options: OPTIONS })
const only = new Set(values.only.split(','))
const seconds = Number(values.seconds)
const repetitions = Number(values.repetitions)
const numbers = (text: string) => text.split(',').map(Number)
const clients = numbers(values.clients)
const callers = Number(values.callers)
const size = { accounts: Number(values.accounts), apps: Number(values.apps) }
const loop = { seconds, warmupSeconds: WARMUP_SECONDS }

type Cell = { table: string; what: string; clients: number; run: () => Promise<Sample> }

/** Measures every cell once, then all again, so that a slow minute on the machine affects all cells equally. */
async function measure(cells: Cell[]): Promise<Map<string, Row[]>> {
  const samples = new Map<Cell, Sample[]>(cells.map((cell) => [cell, []]))
  for (let repetition = 1; repetition <= repetitions; repetition++) {
    for (const cell of cells) {
      const sample = await cell.run()
      samples.get(cell)?.push(sample)
      const { perSecond, p50, p99 } = sample
      const figures = `${whole.format(perSecond).padStart(8)}/s   p50 ${p50.toFixed(1)}   p99 ${p99.toFixed(1)} ms`
      console.log(`${repetition}  ${cell.what.padEnd(40)} ${String(cell.clients).padStart(5)} ${figures}`)
    }
  }
  const tables = new Map<string, Row[]>()
  for (const [{ table, what, clients }, found] of samples) {
    const row = { what, clients, ...medianSample(found) }
    tables.set(table, [...(tables.get(table) ?? []), row])
  }
  return tables
}

function verbCells(stage: Stage): Cell[] {
  const cell = (way: Way, shape: Shape, clients: number): Cell => ({
    table: 'verb',
    what: `${way === 'singly' ? 'one by one' : 'batched'}, ${shape}`,
    clients,
    run: () => runVerb(stage, { way, shape, clients, ...loop }),
  })
  return SHAPES.flatMap((shape) => [
    ...clients.map((count) => cell('singly', shape, count)),
    ...[...clients, callers].map((count) => cell('batched', shape, count)),
  ])
}

function rawCells(stage: Stage): Cell[] {
  return [
    ...clients.map((count) => ({
      table: 'raw',
      what: 'debit + insert, one row a statement',
      clients: count,
      run: () => runRawSingle(stage, { clients: count, ...loop }),
    })),
    ...[1, 2, 3].map((count) => ({
      table: 'raw',
      what: `debit + insert, ${RAW_BATCH} rows a statement`,
      clients: count,
      run: () => runRawBatch(stage, { clients: count, size: RAW_BATCH, ...loop }),
    })),
    ...[1, 2, 3].map((count) => ({
      table: 'raw',
      what: `the rows of a charge, ${RAW_BATCH} a statement, no rule`,
      clients: count,
      run: () => runRawSame(stage, { clients: count, size: RAW_BATCH, ...loop }),
    })),
  ]
}

function best(rows: Row[], what: string): Row | null {
  const found = rows.filter((row) => row.what === what)
  return found.sort((left, right) => right.perSecond - left.perSecond)[0] ?? null
}

function ratio(
  what: string,
  part: number | undefined,
  of: number | undefined,
  least: number,
  unit: '%' | '×',
): Ratio[] {
  if (part === undefined || of === undefined || of === 0) return []
  const value = part / of
  const text = (share: number) => (unit === '%' ? `${whole.format(share * 100)} %` : `${share.toFixed(1)} ×`)
  return [{ what, value: text(value), target: `≥ ${text(least)}`, reached: value >= least }]
}

function atLeast(what: string, value: number | undefined, least: number): Ratio[] {
  if (value === undefined) return []
  return [
    {
      what,
      value: `${whole.format(value)}/s`,
      target: `≥ ${whole.format(least)}/s`,
      reached: value >= least,
    },
  ]
}

function verbRatios(verb: Row[], raw: Row[]): Ratio[] {
  const of = (shape: Shape) => best(verb, `batched, ${shape}`)?.perSecond
  const uniform = of('uniform')
  return [
    ...atLeast('Batched charges at the verb, uniform accounts and creators', uniform, 20_000),
    ...atLeast('The same outside any app', of('no app'), 20_000),
    ...ratio(
      'of the rule-free `unnest` debit + insert of one narrow row',
      uniform,
      best(raw, `debit + insert, ${RAW_BATCH} rows a statement`)?.perSecond,
      0.5,
      '%',
    ),
    ...ratio(
      'of a rule-free insert of the rows a charge consists of',
      uniform,
      best(raw, `the rows of a charge, ${RAW_BATCH} a statement, no rule`)?.perSecond,
      0.5,
      '%',
    ),
    ...ratio('One hot creator, of uniform creators', of('hot creator'), uniform, 0.9, '%'),
    ...ratio('One hot account, of uniform accounts', of('hot account'), uniform, 0.25, '%'),
  ]
}

async function measureHttp(stage: Stage): Promise<{ ratios: Ratio[]; table: Table }> {
  await ensureBuilt()
  const product = await startProduct(stage, values.profile ?? null)
  const baseline = await startBaseline()
  const send = (target: HttpTarget, connections: number, times = loop) => {
    const server = target === 'empty' || target === 'validate' ? baseline : product
    return runHttp(stage, server, target, { connections, rate: null, ...times })
  }
  const http = (what: string, target: HttpTarget, connections: number): Cell => ({
    table: 'http',
    what,
    clients: connections,
    run: () => send(target, connections),
  })
  try {
    for (const target of ['charges', 'batch', 'empty', 'validate'] as const)
      await send(target, target === 'batch' ? 8 : 128, {
        seconds: SERVER_WARMUP_SECONDS,
        warmupSeconds: 0,
      })
    const rows = await measure([
      ...[...clients, PEAK_CONNECTIONS].map((count) => http('POST /charges', 'charges', count)),
      ...BATCH_REQUESTS_AT_ONCE.map((count) => http(`POST /charges/batch of ${BATCH_SIZE}`, 'batch', count)),
      ...[EMPTY_CONNECTIONS, 128].map((count) =>
        http('Next route handler that does nothing', 'empty', count),
      ),
      ...[EMPTY_CONNECTIONS, 128].map((count) => http('Hono route that only validates', 'validate', count)),
    ]).then((tables) => tables.get('http') ?? [])
    const peak = best(rows, 'POST /charges')
    const empty = best(rows, 'Next route handler that does nothing')
    // Relative to the peak of the same minute, because the machine's speed varies.
    const runPaced = async () => {
      const { perSecond } = await send('charges', PEAK_CONNECTIONS)
      return runHttp(stage, product, 'charges', {
        connections: PEAK_CONNECTIONS,
        rate: Math.floor(perSecond * PEAK_SHARE),
        seconds: loop.seconds,
        warmupSeconds: PACED_WARMUP_SECONDS,
      })
    }
    const paced = await measure([
      {
        table: 'http',
        what: 'POST /charges at 80 % of its peak of that minute',
        clients: PEAK_CONNECTIONS,
        run: runPaced,
      },
    ]).then((tables) => tables.get('http') ?? [])
    const p99 = paced[0]?.p99 ?? Number.POSITIVE_INFINITY
    const memory = product.peakMiB()
    const batch = best(rows, `POST /charges/batch of ${BATCH_SIZE}`)
    const ratios: Ratio[] = [
      ...ratio(
        'Single `POST /charges`, of the empty Next route handler',
        peak?.perSecond,
        empty?.perSecond,
        5,
        '×',
      ),
      {
        what: 'p99 at 80 % of its peak',
        value: `${p99.toFixed(1)} ms`,
        target: '≤ 25 ms',
        reached: p99 <= 25,
      },
      ...atLeast(`\`POST /charges/batch\` of ${BATCH_SIZE}`, batch?.perSecond, 15_000),
      {
        what: 'Peak memory of the server',
        value: `${whole.format(memory)} MiB`,
        target: '< 512 MiB',
        reached: memory < 512,
      },
    ]
    const note =
      'The production build after some ten thousand requests, with kept-alive connections and a load generator in its own process.'
    return { ratios, table: { title: 'Over HTTP', note, rows: [...rows, ...paced] } }
  } finally {
    await product.stop()
    await baseline.stop()
  }
}

/** The rate as the database grows from empty. */
async function measureFill(): Promise<{ ratios: Ratio[]; table: Table }> {
  const stage = await openStage(size)
  try {
    return await measureGrowth(stage)
  } finally {
    await stage.close()
  }
}

async function measureGrowth(stage: Stage): Promise<{ ratios: Ratio[]; table: Table }> {
  const rows: Row[] = []
  const colds: Row[] = []
  for (const target of numbers(values.fill)) {
    await fillTo(stage, target)
    const charges = await countCharges(stage)
    const charge = (times: typeof loop) =>
      runVerb(stage, { way: 'batched', shape: 'uniform', clients: callers, ...times })
    const from = `from ${whole.format(charges)} charges`
    colds.push({ what: `right after a checkpoint, ${from}`, clients: callers, ...(await charge(loop)) })
    await charge(FILL_WARMUP)
    const warm: Cell = {
      table: 'fill',
      what: `batched, uniform, ${from}`,
      clients: callers,
      run: () => charge(loop),
    }
    rows.push(...((await measure([warm])).get('fill') ?? []))
  }
  const rates = rows.map((row) => row.perSecond)
  const first = rates[0] ?? 0
  const drift = first === 0 ? 0 : Math.max(...rates.map((rate) => Math.abs(rate - first) / first))
  return {
    ratios: [
      {
        what: `Rate from ${values.fill
          .split(',')
          .map((text) => whole.format(Number(text)))
          .join(' to ')} charges`,
        value: `± ${whole.format(drift * 100)} %`,
        target: '± 15 %',
        reached: drift <= 0.15,
      },
    ],
    table: {
      title: 'As the database grows',
      note: 'Filled by SQL with the same rows and rules in between; each size measured once right after its checkpoint, and then after 20 s of load, which add some 300,000 charges.',
      rows: [...rows, ...colds],
    },
  }
}

async function main(): Promise<void> {
  const before = load()
  const stage = await openStage(size)
  try {
    const ratios: Ratio[] = []
    const tables: Table[] = []
    const cells = [...(only.has('verb') ? verbCells(stage) : []), ...(only.has('raw') ? rawCells(stage) : [])]
    if (only.has('raw')) await prepareRaw(stage)
    const measured = await measure(cells)
    const verb = measured.get('verb') ?? []
    const raw = measured.get('raw') ?? []
    ratios.push(...verbRatios(verb, raw))
    const accounts = `${whole.format(stage.accounts.length)} accounts, ${whole.format(stage.apps.length)} apps of as many creators`
    if (verb.length > 0)
      tables.push({ title: 'At the verb', note: `${accounts}; every account uses four apps.`, rows: verb })
    if (raw.length > 0)
      tables.push({ title: 'Without rules', note: 'In the same run, on the same server.', rows: raw })
    const more: { ratios: Ratio[]; table: Table }[] = []
    if (only.has('http')) more.push(await measureHttp(stage))
    if (only.has('fill')) more.push(await measureFill())
    for (const part of more) {
      ratios.push(...part.ratios)
      tables.push(part.table)
    }
    const runs = `${repetitions} repetitions of ${seconds} s; load average before ${before}, after ${load()}`
    const machine = await machineOf(stage, runs)
    const last = existsSync(values.out) ? readFileSync(values.out, 'utf8') : ''
    const notes = last.includes(NOTES) ? last.slice(last.indexOf(NOTES)) : NOTES
    const report = formatReport({ ratios, tables, machine }, notes)
    writeFileSync(values.out, report)
    console.log(`\n${report}`)
  } finally {
    await stage.close()
  }
}

try {
  await main()
} catch (error) {
  console.error(error)
  console.error(USAGE)
  process.exitCode = 1
}
