import type { Explained, Reading } from './explain'
import type { Subject } from './targets'
import type { Timed } from './time-targets'

/** The server time allowed for 95% of a page's requests, and the factor allowed for an account with many charges. */
const P95_MS_MAX = 100
const RATIO_MAX = 1.3
/** The rows one statement may read from tables that grow with every charge. */
const LEDGER_ROWS_MAX = 5_000
/**
 * The rows that a page's statement may read in total. Nearly all of them are roll-up rows per day, operation and app: the
 * longest chart, a year, has 366 × 8 × 6 = 17,568 of them. An API call may ask about all time.
 */
const ROWS_MAX = 20_000
const BUFFERS_MAX = 10_000

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const tenths = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
const ratios = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })

export type Measured = {
  heavy: Subject
  light: Subject
  charges: number
  timed: Timed[]
  explained: Explained[]
  machine: [string, string][]
}

const ratioOf = ({ heavy, light }: Timed) => heavy.p95 / light.p95

/**
 * Pages that take too long, or too much longer for the heavy account. A page that shows a year has more to draw for an
 * account that used more each day, so only its absolute time is checked; the API is only measured.
 */
function isSlow(timed: Timed): boolean {
  const { kind } = timed.target
  if (kind === 'api') return false
  return timed.heavy.p95 > P95_MS_MAX || (kind === 'page' && ratioOf(timed) > RATIO_MAX)
}

function isUnbounded({ kind, heavy }: Explained): boolean {
  if (heavy.ledgerRows > LEDGER_ROWS_MAX) return true
  return kind === 'page' && (heavy.rows > ROWS_MAX || heavy.buffers > BUFFERS_MAX)
}

/** The missed targets in words; empty if all were met. */
export function shortfalls({ timed, explained }: Measured): string[] {
  return [
    ...timed
      .filter(isSlow)
      .map(
        (one) =>
          `${one.target.name}: p95 ${tenths.format(one.heavy.p95)} ms, ${ratios.format(ratioOf(one))} ×`,
      ),
    ...explained
      .filter(isUnbounded)
      .map(
        ({ name, heavy }) =>
          `${name} reads ${whole.format(heavy.rows)} rows, ${whole.format(heavy.ledgerRows)} of the ledger, in ${whole.format(heavy.buffers)} buffers`,
      ),
  ]
}

function timedLine(timed: Timed): string {
  const { target, heavy, light } = timed
  const figures = [heavy.p50, heavy.p95, light.p50, light.p95]
    .map((value) => tenths.format(value))
    .join(' | ')
  const verdict = target.kind === 'api' ? '' : isSlow(timed) ? '**no**' : 'yes'
  return `| ${target.name} | ${figures} | ${ratios.format(heavy.p50 / light.p50)} | ${ratios.format(ratioOf(timed))} | ${verdict} |`
}

function timedTable(title: string, note: string, timed: Timed[]): string[] {
  return [
    `## ${title}`,
    '',
    note,
    '',
    '| | heavy p50 ms | p95 | light p50 ms | p95 | p50 ratio | p95 ratio | reached |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |',
    ...timed.map(timedLine),
    '',
  ]
}

function readingOf(reading: Reading | null): string {
  return reading === null
    ? '– | – | –'
    : `${whole.format(reading.rows)} | ${whole.format(reading.ledgerRows)} | ${whole.format(reading.buffers)}`
}

function explainedLine(one: Explained): string {
  const scans = one.heavy.scans.map((scan) => `\`${scan}\``).join(', ')
  const bounded = isUnbounded(one) ? '**no**' : 'yes'
  return `| ${one.name} | ${one.kind} | ${readingOf(one.heavy)} | ${tenths.format(one.heavy.milliseconds)} | ${readingOf(one.light)} | ${scans} | ${bounded} |`
}

/** The text of docs/page-speed.md. */
export function formatReport(measured: Measured): string {
  const { heavy, light, charges, timed, explained, machine } = measured
  const missed = shortfalls(measured)
  return [
    '# How fast the pages are',
    '',
    'Written by `npm run bench:pages` on a ledger filled by `npm run seed:load`. Server, database and client',
    'share the machine. Times run from the request to the last byte of the response.',
    '',
    `The heavy account has ${whole.format(heavy.charges)} charges, the light one ${whole.format(light.charges)}, in a database of`,
    `${whole.format(charges)}. Targets: p95 of a page at most ${P95_MS_MAX} ms, as its link opens it at most ${RATIO_MAX} × that of the light account;`,
    `no statement reads more than ${whole.format(LEDGER_ROWS_MAX)} rows of the tables that grow with every charge, and none of a page more`,
    `than ${whole.format(ROWS_MAX)} rows or ${whole.format(BUFFERS_MAX)} buffers of 8 KiB in total.`,
    '',
    ...(missed.length === 0
      ? ['All targets were met.']
      : ['Missed targets:', '', ...missed.map((line) => `- ${line}`)]),
    '',
    '| | |',
    '| --- | --- |',
    ...machine.map(([name, value]) => `| ${name} | ${value} |`),
    '',
    ...timedTable(
      'Pages',
      'Every settings page, as its link opens it.',
      timed.filter(({ target }) => target.kind === 'page'),
    ),
    ...timedTable(
      'Other addresses',
      'The URLs behind filters and links. Pages that read all time draw the newest year; their ratio has no target.',
      timed.filter(({ target }) => target.kind === 'address'),
    ),
    ...timedTable(
      'API',
      'The reading API calls, which have no target.',
      timed.filter(({ target }) => target.kind === 'api'),
    ),
    '## What each statement reads',
    '',
    'The most expensive run of every statement sent by the requests above. The plans are in [page-plans.md](page-plans.md).',
    '',
    '| statement | of | heavy rows | of the ledger | buffers | ms | light rows | of the ledger | buffers | scans | bounded |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |',
    ...explained.toSorted((left, right) => right.heavy.rows - left.heavy.rows).map(explainedLine),
    '',
  ].join('\n')
}

/** The text of docs/page-plans.md: the full plan of each statement for the heavy account. */
export function formatPlans({ explained, heavy }: Measured): string {
  const parts = explained
    .toSorted((left, right) => right.heavy.rows - left.heavy.rows)
    .flatMap(({ name, usedBy, plan }) => [
      '',
      `## ${name}`,
      '',
      `Sent by ${usedBy.join('; ')}.`,
      '',
      '```',
      plan,
      '```',
    ])
  return [
    '# Query plans of the pages',
    '',
    `Written by \`npm run bench:pages\`, for the account with ${whole.format(heavy.charges)} charges.`,
    ...parts,
    '',
  ].join('\n')
}
