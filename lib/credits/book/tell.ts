import type { BalanceLine, Told } from '@/lib/event-types'
import { publicId } from '@/lib/ids'
import { type Millicredits, toCredits } from '@/lib/millicredits'
import { currentAllowance, resetsAt } from './allowance'
import type { AccountBook } from './book'
import type { Grant } from './records'

/** The threshold at which an allowance is low: four fifths are used. */
const LOW_SHARE = 1 / 5

/** The level of a wallet whose thresholds were all reported: no balance is that low. */
const NEVER = -1

type Line = {
  name: BalanceLine
  /** The highest balance at which the threshold can be reached. */
  at: number
  isReached: boolean
}

/**
 * The thresholds of an account's balance. That of the allowance counts only the allowance: without a write of this
 * book, other credits can only shrink, so it cannot be reached at a balance above `at`.
 */
function linesOf(book: AccountBook): Line[] {
  const empty: Line = { name: 'empty', at: 0, isReached: book.balance === 0 }
  const allowance = currentAllowance(book)
  if (allowance === null) return [empty]
  const kept = allowance.remaining + allowance.held
  const limit = kept + allowance.used
  const low = Math.floor(limit * LOW_SHARE)
  if (limit === 0) return [empty]
  return [{ name: 'allowance', at: book.balance - kept + low, isReached: kept <= low }, empty]
}

/** The stored state of a wallet's thresholds. */
export type Watch = {
  /**
   * A movement that brings available + held down to this level takes the one-by-one path; −1 if there is no such level.
   */
  tellBelow: number
  /** The thresholds that were reported and not reset since. */
  toldLines: readonly string[]
}

/**
 * Decides the events of a write about the balance: one when a threshold is reached, and another only after the balance
 * was back above it. The first balance of a new account causes no event.
 */
export function watchBalance(book: AccountBook): Watch & { told: Told[] } {
  const lines = linesOf(book)
  const before = new Set(book.toldLines)
  const reached = lines.filter(({ name, isReached }) => isReached && !before.has(name))
  const refilled = lines.filter(({ name, isReached }) => !isReached && before.has(name))
  const amounts = { available: toCredits(book.available), held: toCredits(book.held) }
  const told: Told[] = reached.map(({ name, at }) =>
    name === 'empty'
      ? { type: 'balance.exhausted', data: { ...amounts, resetsAt: isoOrNull(resetsAt(book)) } }
      : { type: 'balance.low', data: { line: name, at: toCredits(at as Millicredits), ...amounts } },
  )
  if (refilled.length > 0)
    told.push({ type: 'balance.refilled', data: { lines: refilled.map(({ name }) => name), ...amounts } })
  for (const { name } of reached) before.add(name)
  for (const { name } of refilled) before.delete(name)
  const armed = lines.filter(({ name }) => !before.has(name)).map(({ at }) => at)
  return {
    tellBelow: Math.max(NEVER, ...armed),
    toldLines: [...before],
    told: book.planBefore === null ? [] : told,
  }
}

/** The other events of a write: new grants, refunds, and a change of plan. */
export function changesToTell(book: AccountBook): Told[] {
  const { planBefore, plan, planEndsAt } = book
  const told = [...book.newGrantIds].flatMap((id): Told[] => grantToTell(book, book.grant(id)))
  for (const { id, chargeId, amount } of book.refunds)
    told.push({
      type: 'refund.created',
      data: {
        refund: publicId('refund', id),
        charge: publicId('charge', chargeId),
        amount: toCredits(amount),
      },
    })
  if (planBefore !== null && planBefore !== plan)
    told.push({ type: 'plan.changed', data: { before: planBefore, plan, endsAt: isoOrNull(planEndsAt) } })
  return told
}

function grantToTell(book: AccountBook, grant: Grant): Told[] {
  const { source, period } = grant
  const facts = {
    grant: publicId('grant', grant.id),
    amount: toCredits(grant.granted),
    expiresAt: isoOrNull(grant.expiresAt),
  }
  if (source === 'pack') return [{ type: 'pack.purchased', data: facts }]
  if (source !== 'allowance') return [{ type: 'grant.created', data: { ...facts, source } }]
  // The allowance of a period that is over by the time its payment is known never starts.
  if (period === null || !book.isLive(grant)) return []
  const { grant: id, amount } = facts
  const { plan, start, end } = period
  const data = {
    grant: id,
    plan,
    amount,
    periodStart: start.toISOString(),
    periodEnd: end.toISOString(),
  }
  return [{ type: 'allowance.started', data }]
}

function isoOrNull(date: Date | null): string | null {
  return date?.toISOString() ?? null
}
