import { type IdKind, publicId } from '@/lib/ids'
import type { Said } from './execute.test-support'
import type { Around } from './reward-rules.test-support'
import { apply, type Command } from './rules.test-support'
import type { Answer, ModelAccount } from './state.test-support'
import { difference, type Looked, type Stored, storedOf } from './stored.test-support'

/** A command, its answer and, if read, the withheld part of its reward. */
export type Happened = { command: Command; said: Said; onHold: number | null }

/** The account's rows stored since the last look. */
export type Look = { stored: Stored; looked: Looked }

/** The maximum number of tries per group before it counts as undecided; usually a few hundred suffice. */
const TRIES_MAX = 500_000

/** The kind of object that each command creates, other than grants. */
const ID_KINDS = new Map<string, IdKind>([
  ['charge', 'charge'],
  ['capture', 'charge'],
  ['hold', 'hold'],
  ['extend', 'hold'],
  ['release', 'hold'],
  ['refund', 'refund'],
  ['transfer', 'transfer'],
])

/**
 * True if the answers may fit several orders with different results. The order of charges is known from their balances.
 */
export function isAmbiguous(group: Happened[]): boolean {
  const effects = group.filter(({ said }) => said.answer.ok && !said.answer.replayed)
  return effects.length > 1 && effects.some(({ command }) => command.kind !== 'charge')
}

/**
 * Returns the account after a group of concurrent commands. Some order of the commands must produce exactly these answers
 * and, if `look` is given, exactly the stored rows; throws if none does.
 */
export function explain(
  before: ModelAccount,
  group: Happened[],
  { clock, around }: { clock: number; around: Around },
  look: Look | null,
): ModelAccount {
  const alike = new Map(group.map((one) => [one, JSON.stringify([{ ...one.command, key: '' }, one.said])]))
  let tries = 0
  let nearest: { left: number; differs: unknown[] } = { left: Number.POSITIVE_INFINITY, differs: [] }
  const search = (account: ModelAccount, all: Happened[]): ModelAccount | null => {
    let left = all
    const next: { happened: Happened; after: ModelAccount }[] = []
    const tried = new Set<string>()
    const differs: unknown[] = []
    for (const happened of all) {
      tries += 1
      if (tries > TRIES_MAX) throw new Error('a group of commands has too many orders to decide')
      const { command, said, onHold } = happened
      const same = alike.get(happened) ?? ''
      if (tried.has(same)) continue
      const moment = { clock, around, ref: said.ref, seen: said.answer.facts, seenOnHold: onHold }
      const { account: after, answer } = apply(account, command, moment)
      if (!isSame(named(answer), said.answer)) {
        differs.push({ command, modelled: named(answer), said: said.answer })
        tried.add(same)
      } else if (after === account) {
        // A refusal or a repeat changes nothing, so it fits anywhere and can be placed here.
        left = left.filter((other) => other !== happened)
      } else {
        tried.add(same)
        next.push({ happened, after })
      }
    }
    if (left.length < nearest.left) nearest = { left: left.length, differs }
    if (left.length === 0) return fits(account) ? account : null
    for (const { happened, after } of next) {
      const found = search(
        after,
        left.filter((other) => other !== happened),
      )
      if (found) return found
    }
    return null
  }
  const fits = (account: ModelAccount): boolean => {
    if (look === null) return true
    const modelled = storedOf(account, look.looked)
    if (isSame(modelled, look.stored)) return true
    nearest = { left: 0, differs: [difference(modelled, look.stored)] }
    return false
  }
  const found = search(before, group)
  if (found) return found
  const facts = { account: before.index, clock: new Date(clock), group, before, nearest }
  throw new Error(`no order of these commands explains what happened: ${JSON.stringify(facts, null, 1)}`)
}

/** A conflict names the existing object by its public id. */
function named(answer: Answer): Answer {
  if (answer.ok || answer.code !== 'idempotency_conflict') return answer
  const kind = ID_KINDS.get(String(answer.facts.kind)) ?? 'grant'
  return { ...answer, facts: { existing: publicId(kind, String(answer.facts.existing)) } }
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}
