import { type Millicredits, maxOf, millicredits, ZERO } from '@/lib/millicredits'

/** The rewards of a creator's apps over a range of days. `reversed`: the part of `earned` taken back by refunds. */
export type PeriodEarnings = {
  earned: Millicredits
  reversed: Millicredits
  /** The number of uses by others; null if too few people paid to publish it (docs/product.md, row 9). */
  uses: number | null
}

/**
 * The causes of a change in earnings: the number of uses, the reward per use, and refunds. `earned` replaces the first two
 * if the number of uses is hidden.
 */
export type ChangeCause = 'uses' | 'size' | 'earned' | 'refunds'

/** Signed: negative if it lowered the earnings. Percents refer to the earlier period's earnings. */
export type ChangePart = { cause: ChangeCause; change: number; percent: number }

export type Comparison =
  /** Neither period has earnings. */
  | { kind: 'nothing' }
  /** The earlier period has no earnings, so there is no percentage. */
  | { kind: 'first'; earned: Millicredits; reversed: Millicredits }
  /** Earned minus reversed. The parts' changes add up to `change` and their percents to `percent`. */
  | {
      kind: 'compared'
      before: Millicredits
      now: Millicredits
      change: number
      percent: number
      parts: ChangePart[]
      reversed: Millicredits
    }

/** Compares two periods of equal length. Pure; every millicredit of the change belongs to exactly one part. */
export function comparePeriods(before: PeriodEarnings, now: PeriodEarnings): Comparison {
  const netBefore = netOf(before)
  const netNow = netOf(now)
  if (netBefore === ZERO) {
    if (now.earned === ZERO) return { kind: 'nothing' }
    return { kind: 'first', earned: netNow, reversed: now.reversed }
  }
  const changes = [
    ...earnedChanges(before, now),
    { cause: 'refunds' as const, change: before.reversed - now.reversed },
  ].filter(({ change }) => change !== 0)
  const { total, percents } = wholePercents(
    changes.map(({ change }) => change),
    netBefore,
  )
  return {
    kind: 'compared',
    before: netBefore,
    now: netNow,
    change: netNow - netBefore,
    percent: total,
    parts: changes.map((part, index) => ({ ...part, percent: percents[index] ?? 0 })),
    reversed: now.reversed,
  }
}

function netOf({ earned, reversed }: PeriodEarnings): Millicredits {
  return maxOf(ZERO, millicredits(earned - reversed))
}

/** The change from the number of uses, at the earlier reward per use; the rest is the change in reward per use. */
function earnedChanges(
  before: PeriodEarnings,
  now: PeriodEarnings,
): { cause: ChangeCause; change: number }[] {
  const change = now.earned - before.earned
  const together = [{ cause: 'earned' as const, change }]
  if (before.uses === null || now.uses === null || before.uses === 0) return together
  const expected = roundedRatio(BigInt(before.earned) * BigInt(now.uses), BigInt(before.uses))
  const byUses = Number(expected - BigInt(before.earned))
  if (!Number.isSafeInteger(byUses)) return together
  return [
    { cause: 'uses', change: byUses },
    { cause: 'size', change: change - byUses },
  ]
}

/**
 * Whole percents that add up to the rounded total (largest remainder method): all are rounded down, and the missing
 * percents go to the largest remainders. None changes its sign. Uses BigInt, because rounding errors would break the sum.
 */
function wholePercents(changes: number[], base: Millicredits): { total: number; percents: number[] } {
  const whole = BigInt(base)
  const hundredfold = changes.map((change) => BigInt(change) * 100n)
  const total = roundedRatio(
    hundredfold.reduce((sum, change) => sum + change, 0n),
    whole,
  )
  const percents = hundredfold.map((change) => floorRatio(change, whole))
  const missing = Number(total - percents.reduce((sum, percent) => sum + percent, 0n))
  const byLoss = hundredfold
    .map((change, index) => ({ index, loss: change - floorRatio(change, whole) * whole }))
    .toSorted((one, other) => Number(other.loss - one.loss))
  const raised = new Set(byLoss.slice(0, missing).map(({ index }) => index))
  return {
    total: Number(total),
    percents: percents.map((percent, index) => Number(raised.has(index) ? percent + 1n : percent)),
  }
}

function floorRatio(part: bigint, whole: bigint): bigint {
  const towardsZero = part / whole
  return part % whole < 0n ? towardsZero - 1n : towardsZero
}

function roundedRatio(part: bigint, whole: bigint): bigint {
  return floorRatio(2n * part + whole, 2n * whole)
}
