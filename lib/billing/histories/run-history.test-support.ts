import { auditLedger } from '@/lib/audit/audit-ledger'
import { MINUTE_MS } from '@/lib/clock'
import { ACTIONS, type Action, type Group, type History } from './actions.test-support'
import { type Ledger, ledgerOf } from './ledger.test-support'
import { LEFT_OUT, type Outcome, perform } from './perform.test-support'
import { type Arrival, type Person, World } from './world.test-support'

/** A history as one twin ended it: the outcome of each action, and the final ledger. */
export type Ending = Ledger & { outcomes: string[] }

/** The endings of both twins of a history, which should be identical. */
export type Result = { history: History; orderly: Ending; disturbed: Ending }

/** The content of a group's histories, for the table of counts. */
export type Seen = {
  actions: { do: Action['do']; result: string }[]
  events: string[]
  grants: Record<string, number>
}

export type Played = {
  results: Result[]
  /** Events that were never applied, and findings of the audit. */
  problems: string[]
  seen: Seen
}

/** A group with a pending payment or a retry in every hour is not worth waiting for. */
const HEAL_ROUNDS_MAX = 12

/** Plays every history of a group twice: with all events delivered immediately, and as the group delivers them. */
export async function playGroup(group: Group): Promise<Played> {
  const orderly = await playOne(group, { arrival: 'now', twin: null })
  const disturbed = await playOne(group, { arrival: group.news, twin: orderly })
  return {
    results: group.histories.map((history, index) => ({
      history: { ...history, choices: takenOf(history, orderly.outcomes[index] ?? []) },
      orderly: endingOf(group, orderly, index),
      disturbed: endingOf(group, disturbed, index),
    })),
    problems: [...orderly.problems, ...disturbed.problems],
    seen: orderly.seen,
  }
}

/** Each step with the action that was taken. */
function takenOf({ choices }: History, outcomes: Outcome[]): Action[][] {
  return choices.map((actions, step) => actions.filter((_, choice) => outcomes[step]?.choice === choice))
}

type Whole = {
  /** Indexed by history, then by the order of its steps. */
  outcomes: Outcome[][]
  ledgers: Ledger[]
  /** The rounds of waiting until Stripe was quiet. */
  rounds: number
  problems: string[]
  seen: Seen
}

function endingOf({ news }: Group, { outcomes, ledgers }: Whole, index: number): Ending {
  const ledger = ledgers[index]
  if (!ledger) throw new Error(`history ${index} was not played`)
  const { atStripe } = ledger
  // Rule 6 promises times for the subscription that gives the plan. If another one ended without leaving a trace in
  // Stripe's lists, its end is found when it is read again; its open invoices are then voided.
  if (news === 'unlisted' && atStripe !== null && atStripe.subscriptions > 1) atStripe.open = []
  return { ...ledger, outcomes: (outcomes[index] ?? []).map(({ result }) => result) }
}

type Part = { arrival: Arrival; twin: Whole | null }

async function playOne(group: Group, { arrival, twin }: Part): Promise<Whole> {
  const world = await World.open(group, arrival)
  try {
    const outcomes: Outcome[][] = group.histories.map(() => [])
    for (const [step, time] of group.steps.entries()) {
      await Promise.all(
        world.people.map(async (person, index) => {
          const choices = group.histories[index]?.choices[step] ?? []
          const as = twin?.outcomes[index]?.[step] ?? null
          outcomes[index]?.push(await take(world, person, { group, step, choices, as }))
        }),
      )
      await world.pass(time)
    }
    const rounds = await settle(world, twin?.rounds ?? null)
    const ledgers = await Promise.all(world.people.map((person) => ledgerOf(world.ctx, person)))
    const actions = group.histories.flatMap((history, index) =>
      (outcomes[index] ?? []).map(({ choice, result }, step) => ({
        do: history.choices[step]?.[choice]?.do ?? 'nothing',
        result,
      })),
    )
    return {
      outcomes,
      ledgers,
      rounds,
      problems: await problemsOf(world),
      seen: { actions, ...(await seenIn(world)) },
    }
  } finally {
    await world.close()
  }
}

/** The orderly twin ends when Stripe has been quiet for as long as a repair may take; the other one ends with it. */
async function settle(world: World, rounds: number | null): Promise<number> {
  for (let round = 1; ; round += 1) {
    const isQuiet = await world.heal()
    if (rounds === null ? isQuiet || round === HEAL_ROUNDS_MAX : round === rounds) return round
  }
}

type Taking = { group: Group; step: number; choices: Action[]; as: Outcome | null }

/** Takes the first legal action of a step, or what the orderly twin took. */
async function take(world: World, person: Person, { group, step, choices, as }: Taking): Promise<Outcome> {
  for (const [choice, action] of choices.entries()) {
    if (as !== null && as.choice !== choice) continue
    if (as === null && needsOtherNews(group, { person, step, action, now: world.now })) continue
    const { needsNews, inOrder, putsOff } = ACTIONS[action.do]
    if (needsNews || inOrder) await world.flush(person)
    const done = await perform(world, person, { action, step, as })
    if (putsOff) await world.flush(person)
    // An action on something that is over or lost: until the product learns of that, Stripe allows the action, and the
    // money is refunded. Then only the end state is compared (rules 2 and 5).
    if (as?.isDone) return { ...done, choice, result: as.result }
    if (as !== null || done.result !== LEFT_OUT.result) return { ...done, choice }
  }
  return { ...LEFT_OUT, choice: choices.length }
}

/** Rule 6 lets a renewal that no event reports take ten minutes to be found. */
const FOUND_MS = 10 * MINUTE_MS

type Asking = { person: Person; step: number; action: Action; now: Date }

/**
 * If no event ever arrives, credits are used only after the reconciler has run, and no end is postponed while it
 * cannot read Stripe.
 */
function needsOtherNews({ news, steps }: Group, { person, step, action, now }: Asking): boolean {
  const { needsNews, putsOff } = ACTIONS[action.do]
  if (news === 'late') return false
  if (putsOff && steps[step]?.outage) return true
  if (!needsNews || step === 0) return false
  const isFound = now.getTime() - person.lastNewsAt >= FOUND_MS
  return !(steps[step - 1]?.isAsked && isFound)
}

async function problemsOf({ ctx, now }: World): Promise<string[]> {
  const { rows } = await ctx.pool.query<{ event: string }>(
    `select id || ' ' || type || ': ' || last_error as event from webhook_events where applied_at is null limit 3`,
  )
  const { checks } = await auditLedger(ctx.pool, { now })
  const drifts = checks.filter(({ drifted }) => drifted > 0)
  return [
    ...rows.map(({ event }) => event),
    ...drifts.map(({ rule, examples }) => `the audit finds ${rule}: ${examples[0]?.detail}`),
  ]
}

async function seenIn({ ctx }: World): Promise<Omit<Seen, 'actions'>> {
  const { rows: events } = await ctx.pool.query<{ type: string }>('select distinct type from webhook_events')
  const { rows: grants } = await ctx.pool.query<Record<string, number>>(`
    select count(*) filter (where source = 'pack')::int as packs,
      count(*) filter (where plan = 'super')::int as periods,
      count(*) filter (where revoked > 0)::int as revoked,
      count(*) filter (where shortfall > 0)::int as short,
      count(*) filter (where used > 0 and stripe_line is not null)::int as used
    from grants`)
  return { events: events.map(({ type }) => type), grants: grants[0] ?? {} }
}

/** The credits that each person could spend before and after an upgrade that is used and refunded. */
export type Upgrade = { before: number; after: number }

/**
 * Plays upgrades that are refunded in full, within one Free period. `boughtAt` is the step of the upgrade; the last step
 * refunds it.
 */
export async function playUpgrades(group: Group, boughtAt: number): Promise<Upgrade[]> {
  const upgrades: Upgrade[] = []
  for (const arrival of ['now', 'late'] as const) {
    const world = await World.open(group, arrival)
    try {
      let before: number[] = []
      for (const [step, time] of group.steps.entries()) {
        if (step === boughtAt) before = await spendable(world)
        await Promise.all(
          world.people.map((person, index) =>
            take(world, person, {
              group,
              step,
              choices: group.histories[index]?.choices[step] ?? [],
              as: null,
            }),
          ),
        )
        await world.pass(time)
      }
      const after = await spendable(world)
      upgrades.push(...after.map((amount, index) => ({ before: before[index] ?? 0, after: amount })))
    } finally {
      await world.close()
    }
  }
  return upgrades
}

async function spendable(world: World): Promise<number[]> {
  for (const person of world.people) await world.flush(person)
  return Promise.all(world.people.map(async (person) => (await ledgerOf(world.ctx, person)).available))
}
