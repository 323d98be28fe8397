import type { Happened } from './explain.test-support'
import { type Around, dayOf, earningsFrom, freeOf, netOf } from './reward-rules.test-support'
import { earnerOf, type ModelAccount } from './state.test-support'

/** What others did at once to one creator's rewards: each may have come before or after what is looked at. */
type Shift = { earned: number; reversed: number }

/** A part of a reward is rounded on its own, so a refund may shift what is left by one the other way. */
const ROUNDING = 1

/** What all other accounts are to one account while `happened` happens: as they were before it, or later. */
export function aroundOf(accounts: ModelAccount[], index: number, happened: Happened[]): Around {
  const others = accounts.filter((account) => account.index !== index)
  const foreign = happened.filter(({ command }) => command.account !== index)
  const mine = earningsFrom(others, index)
  const shift = shiftOf(accounts, index, foreign)
  const range = (now: number) => ({ least: now - shift.reversed, most: now + shift.earned })
  return {
    net: range(netOf(mine)),
    free: range(freeOf(mine)),
    earned: (creator, day) => {
      const now = others.reduce((sum, account) => sum + freeOn(account, creator, day), 0)
      return { least: now, most: now + shiftOf(accounts, creator, foreign).earned }
    },
  }
}

/** Which of these creators may have come to more than a limit on some day, now that this happened too. */
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
