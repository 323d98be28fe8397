import { formatPercent, formatSignedPercent, formatWholeCredits, wholeCreditsInWords } from '@/lib/format'
import { millicredits } from '@/lib/millicredits'
import type { ChangePart, Comparison } from '@/lib/rewards/compare-periods'

/** The length of the compared periods. Only whole days count, so that the current day does not look like a fall. */
export const COMPARED_DAYS = 7

const LATELY = `in the last ${COMPARED_DAYS} whole days (UTC)`
const BEFORE = `in the ${COMPARED_DAYS} before`

/** Compares recent rewards with as many days before and gives the reasons, in one sentence whose parts add up. */
export function comparisonInWords(comparison: Comparison): string {
  const amount = (value: number) => formatWholeCredits(millicredits(value))
  switch (comparison.kind) {
    case 'nothing':
      return `Nothing was earned ${LATELY}, nor ${BEFORE}.`
    case 'first': {
      const { earned, reversed } = comparison
      const refunds = reversed > 0 ? `; refunds took back ${amount(reversed)}` : ''
      return `You earned ${wholeCreditsInWords(millicredits(earned))} ${LATELY}, and nothing ${BEFORE}${refunds}.`
    }
    case 'compared': {
      const { now, percent, parts, reversed } = comparison
      const told = parts.filter((part) => part.percent !== 0)
      const takenBack = reversed > 0 ? ` (${amount(reversed)} taken back)` : ''
      const why = told
        .map((part) => partInWords(part, told) + (part.cause === 'refunds' ? takenBack : ''))
        .join(', ')
      const isTold = reversed === 0 || told.some((part) => part.cause === 'refunds')
      const refunds = isTold ? '' : `; refunds took back ${amount(reversed)}`
      const change = changeInWords(percent)
      return `You earned ${wholeCreditsInWords(millicredits(now))} ${LATELY}, ${change} ${BEFORE}${why && `: ${why}`}${refunds}.`
    }
    default:
      return comparison satisfies never
  }
}

/** True if the number and the size of uses cannot be shown separately, which the reader should know. */
export function hidesUses(comparison: Comparison): boolean {
  return comparison.kind === 'compared' && comparison.parts.some(({ cause }) => cause === 'earned')
}

function changeInWords(percent: number): string {
  if (percent === 0) return 'as much as'
  const size = formatPercent(Math.abs(percent) / 100)
  return `${size} ${percent < 0 ? 'less' : 'more'} than`
}

/** "−30% from fewer uses". Signed, because parts can have opposite signs. */
function partInWords({ cause, change, percent }: ChangePart, told: ChangePart[]): string {
  const signed = formatSignedPercent(percent / 100)
  const isLess = change < 0
  switch (cause) {
    case 'uses':
      return `${signed} from ${isLess ? 'fewer' : 'more'} uses`
    case 'size': {
      const what = told.some((part) => part.cause === 'uses') ? 'ones' : 'uses'
      return `${signed} from ${isLess ? 'smaller' : 'larger'} ${what}`
    }
    case 'earned':
      return `${signed} from ${isLess ? 'less' : 'more'} use`
    case 'refunds':
      return `${signed} from ${isLess ? 'more' : 'fewer'} refunds`
    default:
      return cause satisfies never
  }
}

/** The average price of a use, premium included, in whole millicredits. */
export function costOfUse(paid: number, uses: number): number {
  return uses === 0 ? 0 : Math.round(paid / uses)
}
