import type { Explained, Reading } from './explain'
import type { Subject } from './targets'
import type { Timed } from './time-targets'

/** The server time a page may take for 95 of 100 requests, and how much more of it an account with many charges may. */
const P95_MS_MAX = 100
const RATIO_MAX = 1.3
/**
 * What one statement may read, whatever the account: three months of days with eight operations in five apps are 3,680
 * rows of the roll-up.
 */
const ROWS_MAX = 5_000
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

/** A page that takes too long, or too much longer for the heavy account; the API is measured beside it. */
function isSlow(timed: Timed): boolean {
  return timed.target.kind === 'page' && (timed.heavy.p95 > P95_MS_MAX || ratioOf(timed) > RATIO_MAX)
}

function isUnbounded({ heavy }: Explained): boolean {
  return heavy.rows > ROWS_MAX || heavy.buffers > BUFFERS_MAX
}

/** What was not reached, in words; none when all was. */
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
          `${name} reads ${whole.format(heavy.rows)} rows in ${whole.format(heavy.buffers)} buffers`,
      ),
  ]
}

function timedLine(timed: Timed): string {
  const { target, heavy, light } = timed
  const figures = [heavy.p50, heavy.p95, light.p50, light.p95]
    .map((value) => tenths.format(value))
    .join(' | ')
  const verdict = target.kind === 'api' ? '' : isSlow(timed) ? '**no**' : 'yes'
  return `| ${target.name} | ${figures} | ${ratios.format(ratioOf(timed))} | ${verdict} |`
}

function timedTable(title: string, note: string, timed: Timed[]): string[] {
  return [
    `## ${title}`,
    '',
    note,
    '',
    '| | heavy p50 ms | p95 | light p50 ms | p95 | p95 ratio | reached |',
    '| --- | ---: | ---: | ---: | ---: | ---: | --- |',
    ...timed.map(timedLine),
    '',
  ]
}

function readingOf(reading: Reading | null): string {
  return reading === null ? '– | –' : `${whole.format(reading.rows)} | ${whole.format(reading.buffers)}`
}

function explainedLine(one: Explained): string {
  const scans = one.heavy.scans.map((scan) => `\`${scan}\``).join(', ')
  const bounded = isUnbounded(one) ? '**no**' : 'yes'
  return `| ${one.name} | ${readingOf(one.heavy)} | ${tenths.format(one.heavy.milliseconds)} | ${readingOf(one.light)} | ${scans} | ${bounded} |`
}

/** docs/page-speed.md. */
export function formatReport(measured: Measured): string {
  const { heavy, light, charges, timed, explained, machine } = measured
  const missed = shortfalls(measured)
  return [
    '# How fast the pages are',
    '',
    'Written by `npm run bench:pages` on a ledger that `npm run seed:load` filled. Server, database and the client that',
    'asks share the machine; a time is from the request to the last byte of the answer.',
    '',
    `The heavy account has ${whole.format(heavy.charges)} charges, the light one ${whole.format(light.charges)}, in a database of`,
    `${whole.format(charges)}. To reach: p95 of a page at most ${P95_MS_MAX} ms, and at most ${RATIO_MAX} × that of the light account; no statement reads`,
    `more than ${whole.format(ROWS_MAX)} rows or ${whole.format(BUFFERS_MAX)} buffers of 8 KiB.`,
    '',
    ...(missed.length === 0
      ? ['All of it was reached.']
      : ['Not reached:', '', ...missed.map((line) => `- ${line}`)]),
    '',
    '| | |',
    '| --- | --- |',
    ...machine.map(([name, value]) => `| ${name} | ${value} |`),
    '',
    ...timedTable(
      'Pages',
      'Every page of the settings, and some of the addresses their filters lead to.',
      timed.filter(({ target }) => target.kind === 'page'),
    ),
    ...timedTable(
      'API',
      'What is read over HTTP. No target of its own.',
      timed.filter(({ target }) => target.kind === 'api'),
    ),
    '## What each statement reads',
    '',
    'Every statement that the above sends, its dearest run. The plans are in [page-plans.md](page-plans.md).',
    '',
    '| statement | heavy rows | buffers | ms | light rows | buffers | scans | bounded |',
    '| --- | ---: | ---: | ---: | ---: | ---: | --- | --- |',
    ...explained.toSorted((left, right) => right.heavy.rows - left.heavy.rows).map(explainedLine),
    '',
  ].join('\n')
}

/** docs/page-plans.md: the whole plan of each statement for the heavy account. */
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
