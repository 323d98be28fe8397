import { readFileSync, writeFileSync } from 'node:fs'
import pg from 'pg'
import { z } from 'zod'
import type { Subject, Target } from './targets'
import { request } from './time-targets'

const recorded = z.object({ name: z.string().nullable(), text: z.string(), values: z.array(z.unknown()) })
type Recorded = z.infer<typeof recorded>

/**
 * The reads of a statement for one account: rows scanned, how many of them in tables that grow with every charge, and 8 KiB
 * pages touched.
 */
export type Reading = {
  rows: number
  ledgerRows: number
  buffers: number
  milliseconds: number
  scans: string[]
}

/** A statement with its most expensive run for either account; `light` is null if that account never sends it. */
export type Explained = {
  kind: 'page' | 'api'
  name: string
  usedBy: string[]
  heavy: Reading
  light: Reading | null
  plan: string
}

type Sent = Recorded & { target: Target }

/** Requests each target once and returns its statements. */
async function recordQueries({ port, file, all }: Recording, subject: Subject): Promise<Sent[]> {
  const sent: Sent[] = []
  for (const target of all) {
    writeFileSync(file, '')
    await request(port, target, subject)
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
    sent.push(...lines.map((line): Sent => ({ ...recorded.parse(JSON.parse(line)), target })))
  }
  return sent
}

/** `file`: the record of the server on `port` (record-queries.mjs). */
export type Recording = { port: number; file: string; all: Target[] }

/** Runs every recorded statement again with its values, and keeps the most expensive run of each. */
export async function explainTargets(
  url: string,
  recording: Recording,
  { heavy, light }: { heavy: Subject; light: Subject },
): Promise<Explained[]> {
  const lightest = await dearest(url, await recordQueries(recording, light))
  const found = await dearest(url, await recordQueries(recording, heavy))
  return [...found].map(([key, { kind, name, usedBy, plan, ...reading }]) => ({
    kind,
    name,
    usedBy,
    plan,
    heavy: reading,
    light: lightest.get(key) ?? null,
  }))
}

type Dearest = Reading & { kind: Explained['kind']; name: string; usedBy: string[]; plan: string }

/** Keyed by statement, separately for pages and the API, because an API call may ask about all time in one query. */
async function dearest(url: string, sent: Sent[]): Promise<Map<string, Dearest>> {
  const found = new Map<string, Dearest>()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const statement of sent) {
      const kind = statement.target.kind === 'api' ? 'api' : 'page'
      const key = `${kind} ${statement.text}`
      const known = found.get(key)
      const run = await explain(client, statement)
      const usedBy = [...new Set([...(known?.usedBy ?? []), statement.target.name])]
      const dearer = known && known.rows + known.buffers >= run.rows + run.buffers ? known : run
      found.set(key, { ...dearer, kind, name: statement.name ?? firstWords(statement.text), usedBy })
    }
  } finally {
    await client.end()
  }
  return found
}

function firstWords(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 60)
}

type Node = {
  'Node Type': string
  'Relation Name'?: string | undefined
  'Index Name'?: string | undefined
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number | undefined
  'Rows Removed by Index Recheck'?: number | undefined
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: Node[] | undefined
}

const node: z.ZodType<Node> = z.object({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  'Index Name': z.string().optional(),
  'Actual Rows': z.number(),
  'Actual Loops': z.number(),
  'Rows Removed by Filter': z.number().optional(),
  'Rows Removed by Index Recheck': z.number().optional(),
  'Shared Hit Blocks': z.number(),
  'Shared Read Blocks': z.number(),
  Plans: z.array(z.lazy(() => node)).optional(),
})
const planRow = z.tuple([z.object({ Plan: node, 'Execution Time': z.number() })])

/**
 * Runs a statement both with a generic plan, as a long-running server would, and with a plan for these values, as on its
 * first run; returns the more expensive result.
 */
async function explain(client: pg.Client, { text, values }: Recorded): Promise<Reading & { plan: string }> {
  await client.query('begin read only')
  try {
    await client.query(`prepare explained as ${text}`)
    const run =
      values.length === 0 ? 'execute explained' : `execute explained (${values.map(literal).join(', ')})`
    const readings: (Reading & { plan: string })[] = []
    for (const mode of ['force_generic_plan', 'force_custom_plan']) {
      await client.query(`set local plan_cache_mode = ${mode}`)
      // The first run warms the cache; the second counts.
      await client.query(run)
      readings.push(await readingOf(client, run))
    }
    const [dearest] = readings.toSorted(
      (left, right) => right.rows + right.buffers - left.rows - left.buffers,
    )
    if (!dearest) throw new Error('EXPLAIN returned nothing')
    return dearest
  } finally {
    await client.query('rollback')
    await client.query('deallocate all')
  }
}

async function readingOf(client: pg.Client, run: string): Promise<Reading & { plan: string }> {
  const json = await client.query<{ 'QUERY PLAN': unknown }>(`explain (analyze, buffers, format json) ${run}`)
  const [{ Plan: plan, 'Execution Time': milliseconds }] = planRow.parse(json.rows[0]?.['QUERY PLAN'])
  const shown = await client.query<{ 'QUERY PLAN': string }>(`explain (analyze, buffers, costs off) ${run}`)
  return {
    rows: Math.round(rowsRead(plan, () => true)),
    ledgerRows: Math.round(rowsRead(plan, (table) => LEDGER.has(table))),
    buffers: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
    milliseconds,
    scans: [...new Set(scansOf(plan))],
    plan: shown.rows.map((row) => row['QUERY PLAN']).join('\n'),
  }
}

/** Tables with a row for each charge or for some charges. */
const LEDGER = new Set(['charges', 'refunds', 'entries', 'idempotency_keys', 'holds', 'grants'])

function rowsRead(plan: Node, counts: (table: string) => boolean): number {
  const below = (plan.Plans ?? []).reduce((sum, part) => sum + rowsRead(part, counts), 0)
  const table = plan['Relation Name']
  if (table === undefined || !counts(table)) return below
  const removed = (plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Index Recheck'] ?? 0)
  return below + (plan['Actual Rows'] + removed) * plan['Actual Loops']
}

function scansOf(plan: Node): string[] {
  const below = (plan.Plans ?? []).flatMap(scansOf)
  const relation = plan['Relation Name']
  if (relation === undefined) return below
  const index = plan['Index Name']
  return [
    index === undefined ? `${plan['Node Type']} ${relation}` : `${plan['Node Type']} ${index}`,
    ...below,
  ]
}

/** A recorded value as SQL; times were recorded as RFC 3339. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return `${pg.escapeLiteral(arrayText(value))}`
  return pg.escapeLiteral(typeof value === 'object' ? JSON.stringify(value) : String(value))
}

function arrayText(values: unknown[]): string {
  const items = values.map((value) =>
    value === null ? 'NULL' : `"${String(value).replaceAll(/["\\]/g, '\\$&')}"`,
  )
  return `{${items.join(',')}}`
}
