import { formatCredits, formatMoney, formatSignedPercent, plural } from '@/lib/format'
import { publicId } from '@/lib/ids'
import { isoFromMicros } from '@/lib/instant'
import type { Millicredits } from '@/lib/millicredits'
import { type Change, type Figures, type Line, OTHERS, type Simulation } from '@/lib/simulation/tally'

export type SimulationRow = { name: string; cells: string[] }
/** The findings of a simulation, in words. */
export type SimulationView = {
  facts: { label: string; before: string; after: string }[]
  notes: string[]
  tables: { title: string; rows: SimulationRow[] }[]
  ranOut: { words: string; accounts: { user: string; at: string }[] }
}

/** A line of the stream, as the page reads it. */
export type SimulationLine =
  | { progress: { charges: number; of: number } }
  | { view: SimulationView }
  | { problem: string }

const credits = (amount: number) => formatCredits(amount as Millicredits)

function changed({ before, after }: Change): string {
  return before === 0 || before === after ? '—' : formatSignedPercent((after - before) / before)
}

const cellsOf = ({ charges, refused, credits: paid, rewards }: Figures): string[] => [
  String(charges),
  credits(paid.before),
  credits(paid.after),
  changed(paid),
  credits(rewards.after - rewards.before),
  String(refused),
]

/** The columns of every table after the name. */
export const SIMULATION_COLUMNS = [
  'Charges',
  'Credits before',
  'Credits after',
  'Change',
  'Rewards ±',
  'Refused',
]

export function simulationView(
  { total, operations, plans, apps, creators, ranOut, revenue, cost, margin }: Simulation,
  names: { operation(key: string): string; plan(key: string): string; currency: string },
): SimulationView {
  const rows = (lines: Line[], name: (key: string) => string) =>
    lines.map((line) => ({ name: line.key === OTHERS ? 'All others' : name(line.key), cells: cellsOf(line) }))
  const money = (label: string, change: Change, currency: string) => ({
    label,
    before: formatMoney(change.before, currency),
    after: formatMoney(change.after, currency),
  })
  return {
    facts: [
      { label: 'Credits paid', before: credits(total.credits.before), after: credits(total.credits.after) },
      { label: 'Rewards', before: credits(total.rewards.before), after: credits(total.rewards.after) },
      ...(revenue ?? []).map((change) =>
        money(`Value of paid credits used, ${change.currency.toUpperCase()}`, change, change.currency),
      ),
      ...(cost ? [money('Provider’s cost', cost, names.currency)] : []),
      ...(margin ? [money('Margin', margin, names.currency)] : []),
    ],
    notes: [
      `${plural(total.charges, 'charge')} priced again; ${total.refused} would have been refused for lack of credits.`,
      ...(total.unpriced.charges > 0
        ? [
            `${plural(total.unpriced.charges, 'charge')} worth ${credits(total.unpriced.credits)} credits cannot be priced by this version and are left out.`,
          ]
        : []),
    ],
    tables: [
      { title: 'Operations', rows: rows(operations, names.operation) },
      { title: 'Plans', rows: rows(plans, names.plan) },
      { title: 'Apps', rows: rows(apps, (key) => publicId('app', key)) },
      { title: 'Creators', rows: rows(creators, (key) => publicId('user', key)) },
    ].filter((table) => table.rows.length > 0),
    ranOut: {
      words: `${plural(ranOut?.accounts ?? 0, 'account')} would have run out.`,
      accounts: (ranOut?.first ?? []).map(({ accountId, at }) => ({
        user: publicId('user', accountId),
        at: isoFromMicros(at),
      })),
    },
  }
}
