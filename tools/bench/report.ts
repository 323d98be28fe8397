import { cpus, loadavg, totalmem } from 'node:os'
import type { Sample } from './measure'
import type { Stage } from './stage'

export type Row = { what: string; clients: number } & Sample
export type Table = { title: string; note: string; rows: Row[] }
export type Ratio = { what: string; value: string; target: string; reached: boolean | null }

export type Report = {
  ratios: Ratio[]
  tables: Table[]
  machine: [string, string][]
}

export const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const milliseconds = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 })

export function load(): string {
  return loadavg()
    .map((value) => value.toFixed(1))
    .join(' ')
}

/** The machine and software of the measurement. */
export async function machineOf(stage: Pick<Stage, 'pool'>, runs: string): Promise<[string, string][]> {
  const { rows } = await stage.pool.query<{ version: string; settings: string; flags: string | null }>(
    `select split_part(version(), ',', 1) as version,
       (select string_agg(name || ' = ' || current_setting(name), ', ') from unnest(array['fsync', 'synchronous_commit',
         'full_page_writes', 'shared_buffers', 'max_wal_size']) name) as settings,
       (select substring(setting from '-O\\S*') from pg_config where name = 'CFLAGS') as flags`,
  )
  const [row] = rows
  const [cpu] = cpus()
  return [
    [
      'Machine',
      `${cpu?.model.trim() ?? 'unknown'}, ${cpus().length} cores, ${whole.format(totalmem() / 2 ** 30)} GiB`,
    ],
    ['Node', process.version],
    [
      'PostgreSQL',
      `${row?.version ?? ''}, compiled with ${row?.flags ?? 'unknown flags'}; ${row?.settings ?? ''}`,
    ],
    ['Runs', runs],
    ['When', new Date().toISOString()],
  ]
}

function tableLines({ title, note, rows }: Table): string[] {
  return [
    `## ${title}`,
    '',
    note,
    '',
    '| | clients | charges/s | p50 ms | p99 ms |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...rows.map(
      ({ what, clients, perSecond, p50, p99 }) =>
        `| ${what} | ${clients} | ${whole.format(perSecond)} | ${milliseconds.format(p50)} | ${milliseconds.format(p99)} |`,
    ),
    '',
  ]
}

function ratioLine({ what, value, target, reached }: Ratio): string {
  const verdict = reached === null ? '' : reached ? 'yes' : '**no**'
  return `| ${what} | ${value} | ${target} | ${verdict} |`
}

/** `notes`: the hand-written text below the figures of the previous report, which is kept. */
export function formatReport({ ratios, tables, machine }: Report, notes: string): string {
  return [
    '# Benchmarks',
    '',
    'Written by `npm run bench`. Load generator, server and database share the machine, unlike in production.',
    'Medians of the repetitions; a ratio compares what ran in the same run.',
    '',
    '| | measured | target | reached |',
    '| --- | ---: | ---: | --- |',
    ...ratios.map(ratioLine),
    '',
    '| | |',
    '| --- | --- |',
    ...machine.map(([name, value]) => `| ${name} | ${value} |`),
    '',
    ...tables.flatMap(tableLines),
    notes.trim(),
    '',
  ].join('\n')
}
