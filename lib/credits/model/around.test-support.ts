import type { Happened } from './explain.test-support'
import { type Around, dayOf, earningsFrom, earningsOf, freeOf, netOf } from './reward-rules.test-support'
import { earnerOf, type ModelAccount, total } from './state.test-support'

/**
 * Changes that other accounts concurrently make to a creator's rewards. Each may come before or after the observed command.
 */
type Shift = { earned: number; reversed: number }

/** Each part of a reward is rounded separately, so a refund may shift the rest by one in the other direction. */
const ROUNDING = 1

/** The state of all other accounts as one account may see it, before or after any part of `happened`. */
export function aroundOf(accounts: ModelAccount[], index: number, happened: Happened[]): Around {
  const others = accounts.filter((account) => account.index !== index)
  const foreign = happened.filter(({ command }) => command.account !== index)
  const mine = earningsFrom(others, index)
  const shift = shiftOf(accounts, index, foreign)
  const takenBack = takenBackBy(accounts, index, foreign)
  const range = (now: number) => ({ least: now - shift.reversed, most: now + shift.earned })
  const { least, most } = range(netOf(mine))
  return {
    net: { least: least - takenBack.reversed, most: most + takenBack.earned },
    free: range(freeOf(mine)),
    earned: (creator, day) => {
      const now = others.reduce((sum, account) => sum + freeOn(account, creator, day), 0)
      return { least: now, most: now + shiftOf(accounts, creator, foreign).earned }
    },
  }
}

/** True if, after `happened`, any creator's rewards of a day may exceed `max`. */
export function mayExceed(
  accounts: ModelAccount[],
  happened: Happened[],
  clock: number,
  max: number,
): boolean {
  const days = new Set(accounts.map((account) => dayOf(Math.max(clock, account.movedAt))))
  const earners = happened.map((one) => earnerIn(accounts, one)).filter((creator) => creator !== null)
  const creators = new Set([...accounts.flatMap((account) => [...account.earnings.keys()]), ...earners])
  return [...creators].some((creator) => {
    const { earned } = shiftOf(accounts, creator, happened)
    return [...days].some(
      (day) => earned + accounts.reduce((sum, account) => sum + freeOn(account, creator, day), 0) > max,
    )
  })
}

const freeOn = (account: ModelAccount, creator: number, day: string): number =>
  account.days.get(`${creator} ${day}`)?.free ?? 0

function shiftOf(accounts: ModelAccount[], creator: number, happened: Happened[]): Shift {
  const shift = { earned: 0, reversed: 0 }
  for (const one of happened) {
    const { answer } = one.said
    if (!answer.ok || answer.replayed || earnerIn(accounts, one) !== creator) continue
    shift.earned += Number(answer.facts.reward ?? ROUNDING)
    shift.reversed += Number(answer.facts.rewardReversed ?? 0) + ROUNDING
  }
  return shift
}

/**
 * The rewards that a creator may lose or regain because of other accounts' returned money: per account, at most the rewards
 * that its uses earned and those already taken back. Free-funded rewards are never taken back.
 */
function takenBackBy(accounts: ModelAccount[], creator: number, happened: Happened[]): Shift {
  const shift = { earned: 0, reversed: 0 }
  for (const account of accounts) {
    const mine = happened.filter(
      ({ command, said: { answer } }) => command.account === account.index && answer.ok && !answer.replayed,
    )
    const taken = takenFrom(account, creator)
    const isShort = taken > 0 || account.grants.some(({ shortfall }) => shortfall > 0)
    const isMoney = mine.some(({ command: { kind } }) => kind === 'billing')
    if (mine.length === 0 || !(isShort || isMoney)) continue
    shift.earned += taken
    shift.reversed += Math.max(0, netOf(earningsOf(account, creator)))
  }
  return shift
}

function takenFrom(account: ModelAccount, creator: number): number {
  return total(
    [...account.takenBack].flatMap(([key, amount]) => (key.endsWith(` ${creator}`) ? [amount] : [])),
  )
}

function earnerIn(accounts: ModelAccount[], { command }: Happened): number | null {
  const account = accounts[command.account]
  if (!account) return null
  switch (command.kind) {
    case 'charge':
      return earnerOf(account, command.app)
    case 'capture':
      return earnerOf(account, account.holds.find((hold) => hold.ref === command.hold)?.app ?? null)
    case 'refund':
      return earnerOf(account, account.charges.find((charge) => charge.ref === command.charge)?.app ?? null)
    default:
      return null
  }
}
