import type { Micros } from '@/lib/instant'

/** What became of a bought grant when money went back or came again: changes, signed. */
export type MoneyBack = {
  at: Micros
  grantId: string
  /** Of what was paid for the grant, how much has gone back in all; null when no money moved. Minor units. */
  returned: number | null
  /** Of what it is to take back in all. */
  credits: number
  /** Taken from what was unspent. */
  revoked: number
  /** Not there any more. */
  shortfall: number
}

/** What changed when money went back or came again, or when a shortfall was paid: signed, as it was written down. */
export type MoneyBackChange = Pick<MoneyBack, 'credits' | 'revoked' | 'shortfall'>

/** How a stretch of what is to be taken back was covered: taken by hand before, then from what was unspent, then not there. */
type Stretch = { byHand: number; revoked: number; shortfall: number }

/** The last to be covered is the first to be undone. */
const UNDOING_ORDER = ['shortfall', 'revoked', 'byHand'] as const

/**
 * What lowering the target by `amount` undoes: the last credits that were to be taken back, each as it was covered. So a
 * refund that fails leaves the grant as if it had never been, and gives back nothing that others took. `history`: of the
 * grant, in order.
 */
export function undoMoneyBack(history: MoneyBackChange[], amount: number): Stretch {
  return cutTop(coverOf(history), amount)
}

/** How all that is to be taken back is covered, in the order in which it came to be. */
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

/** What was freed later pays the oldest shortfall first, as if it had been unspent when the money went back. */
function payShortfall(cover: Stretch[], amount: number): void {
  let left = amount
  for (const stretch of cover) {
    const part = Math.min(stretch.shortfall, left)
    stretch.shortfall -= part
    stretch.revoked += part
    left -= part
  }
}
