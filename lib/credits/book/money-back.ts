import type { Micros } from '@/lib/instant'
import { type Millicredits, millicredits } from '@/lib/millicredits'

/** Signed changes to a bought grant caused by returned money, or by money that came back. */
export type MoneyBack = {
  at: Micros
  grantId: string
  /** The total returned from the grant's payment, in minor units; null if no money moved. */
  returned: number | null
  /** The change in the total to take back. */
  credits: number
  /** Credits revoked from the unspent part. */
  revoked: number
  /** Credits that were already spent. */
  shortfall: number
}

/** Signed changes as recorded when money was returned or came back, or when a shortfall was paid off. */
export type MoneyBackChange = Pick<MoneyBack, 'credits' | 'revoked' | 'shortfall'>

/**
 * The cover of one part of the total: credits revoked by hand earlier, credits revoked from the unspent part, and
 * shortfall.
 */
type Stretch = { byHand: number; revoked: number; shortfall: number }

/** Undoing starts with the most recently covered part. */
const UNDOING_ORDER = ['shortfall', 'revoked', 'byHand'] as const

/**
 * Returns the cover to undo when the total falls by `amount`: that of the latest part. A failed refund therefore leaves the
 * grant as if the refund had never happened and restores nothing that was revoked for another reason. `history` lists the
 * grant's changes in order.
 */
export function undoMoneyBack(history: MoneyBackChange[], amount: number): Stretch {
  return cutTop(coverOf(history), amount)
}

/** Computes the cover of the whole total, oldest part first. */
function coverOf(history: MoneyBackChange[]): Stretch[] {
  const cover: Stretch[] = []
  for (const { credits, revoked, shortfall } of history) {
    if (credits > 0) cover.push({ byHand: credits - revoked - shortfall, revoked, shortfall })
    else if (credits < 0) cutTop(cover, -credits)
    else payShortfall(cover, revoked)
  }
  return cover
}

function cutTop(cover: Stretch[], amount: number): Stretch {
  const undone: Stretch = { byHand: 0, revoked: 0, shortfall: 0 }
  let left = amount
  for (let top = cover.at(-1); top !== undefined && left > 0; top = cover.at(-1)) {
    for (const way of UNDOING_ORDER) {
      const part = Math.min(top[way], left)
      top[way] -= part
      undone[way] += part
      left -= part
    }
    if (left > 0) cover.pop()
  }
  return undone
}

/** Credits freed later pay off the oldest shortfall first, as if they had been unspent when the money was returned. */
function payShortfall(cover: Stretch[], amount: number): void {
  let left = amount
  for (const stretch of cover) {
    const part = Math.min(stretch.shortfall, left)
    stretch.shortfall -= part
    stretch.revoked += part
    left -= part
  }
}

/** ⌈granted × returned ÷ paid⌉, at most granted (docs/architecture.md, "Money back"). */
export function moneyBackTarget(granted: Millicredits, returned: number, paid: number): Millicredits {
  if (returned <= 0 || paid <= 0) return millicredits(0)
  if (returned >= paid) return granted
  return millicredits((BigInt(granted) * BigInt(returned) + BigInt(paid) - 1n) / BigInt(paid))
}
