import { findOperation, findPack, freePlan, plansSold } from '@/lib/catalog'
import { catalogAt } from '@/lib/catalogs/current'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '@/lib/clock'
import { freePeriodAt, type Period } from '@/lib/credits/book/periods'
import { type Millicredits, millicredits } from '@/lib/millicredits'
import { STORY_STUDIO } from './habits'
import { ADA, CLEO, NOVA, OLGA, SAM, type SeedPerson } from './people'
import { type PlannedUse, planUses, priceOf } from './plan-uses'
import { seededRandom } from './random'
import {
  buyStep,
  type MadeCharges,
  meterStep,
  openHoldStep,
  promoStep,
  refundStep,
  renewalStep,
  type Step,
} from './steps'

export function signedUpAt(person: SeedPerson, now: Date): Date {
  if (person.signedUpDaysAgo === 0) return now
  const minutes = seededRandom(person.key).between(0, 90)
  const day = new Date(now.getTime() - person.signedUpDaysAgo * DAY_MS)
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate(), 8, minutes))
}

/** A person's history from sign-up until now, in chronological order. `canBuy`: purchases are possible. */
export function storyOf(person: SeedPerson, now: Date, { canBuy }: { canBuy: boolean }): Step[] {
  const steps = canBuy ? stepsOf(person, now) : withoutBuying(person, now)
  return steps.filter((step) => step.at <= now).sort((left, right) => left.at.getTime() - right.at.getTime())
}

function stepsOf(person: SeedPerson, now: Date): Step[] {
  switch (person) {
    case ADA:
      return nearTheLimit(person, now)
    case SAM:
      return everythingOnSuper(person, now)
    case NOVA:
    case OLGA:
      return []
    case CLEO:
      return onFree(person, now, 0.72)
    default:
      return onFree(person, now, 0.45 + seededRandom(`${person.key}-appetite`).next() * 0.45)
  }
}

/** The history of a person who cannot buy anything, within the limits of Free. */
function withoutBuying(person: SeedPerson, now: Date): Step[] {
  if (person !== ADA && person !== SAM) return stepsOf(person, now)
  const version = catalogAt(now)
  const isStandard = (operation: string) => findOperation(version, operation)?.tier === 'standard'
  const habits = person.habits.filter(({ operation }) => isStandard(operation))
  return onFree({ ...person, habits }, now, NEAR_THE_LIMIT)
}

function credits(amount: number): Millicredits {
  return millicredits(amount * 1_000)
}

const freeCredits = (now: Date) => freePlan(catalogAt(now)).monthlyCredits

/** The highest monthly plan, because the stories use operations of every tier. */
function fullestPlan(now: Date): string {
  const sold = plansSold(catalogAt(now)).filter(({ interval }) => interval === 'month')
  return sold.at(-1)?.key ?? ''
}

/** A person's Free periods so far; the first begins at sign-up, the last ends now. */
function freePeriods(person: SeedPerson, now: Date): [Period, Period] {
  const start = signedUpAt(person, now)
  const first = freePeriodAt(start, start)
  return [
    { start, end: first.end },
    { start: first.end, end: now },
  ]
}

function plannedIn(person: SeedPerson, { start, end }: Period, amount: Millicredits): PlannedUse[] {
  return planUses({
    random: seededRandom(`${person.key} from ${start.toISOString().slice(0, 10)}`),
    from: start,
    until: end,
    credits: amount,
    habits: person.habits,
    ownApps: ownApps(person),
  })
}

function ownApps(person: SeedPerson): ReadonlySet<string> {
  return new Set(person.apps.map((app) => app.slug))
}

function meterSteps(uses: PlannedUse[], made: MadeCharges = new Map()): Step[] {
  return uses.map((use, index) => meterStep(use, index, made))
}

/** The elapsed part of a whole period: a person who uses 70 % of a month has used 35 % at half-time. */
function portionGone({ start, end }: Period): number {
  return Math.min(1, (end.getTime() - start.getTime()) / (30 * DAY_MS))
}

function onFree(person: SeedPerson, now: Date, appetite: number): Step[] {
  const [last, current] = freePeriods(person, now)
  const lastUses = plannedIn(person, last, millicredits(Math.floor(freeCredits(now) * appetite)))
  const currentShare = Math.min(0.95, appetite * portionGone(current) * 1.15)
  return meterSteps([
    ...lastUses,
    ...plannedIn(person, current, millicredits(Math.floor(freeCredits(now) * currentShare))),
  ])
}

/** The used share of the current Free period's 1,000 credits. */
const NEAR_THE_LIMIT = 0.905
/** The last credits of the previous period, which a few small requests spend exactly. */
const LAST_REQUESTS = credits(10)
/** The price of a long answer: 4,000 output tokens at 2 credits per thousand. */
const LAST_REQUEST = credits(8)

/**
 * The last period's allowance and a small pack, bought when the credits were nearly used up, are spent to the last
 * millicredit; nine tenths of the current period's allowance are used, and there are no other credits.
 */
function nearTheLimit(person: SeedPerson, now: Date): Step[] {
  const pack = findPack(catalogAt(now), 'small')
  if (!pack) throw new Error('no small pack')
  const [last, current] = freePeriods(person, now)
  const had = millicredits(freeCredits(now) + pack.credits)
  const lastUses = plannedIn(person, last, millicredits(had - LAST_REQUESTS))
  const spent = lastUses.reduce((total, use) => total + use.total, 0)
  lastUses.push(...lastRequests(person, lastUses.at(-1)?.at ?? last.start, had - spent))
  const currentUses = plannedIn(person, current, millicredits(freeCredits(now) * NEAR_THE_LIMIT))
  const boughtAt = new Date(nearlyGoneAt(lastUses).getTime() - 10 * MINUTE_MS)
  return [buyStep(boughtAt, { pack: pack.key }), ...meterSteps([...lastUses, ...currentUses])]
}

/** Standard text costs half a millicredit per input token and two per output token, so any whole amount can be reached. */
function lastRequests(person: SeedPerson, after: Date, amount: number): PlannedUse[] {
  const [app] = person.apps
  if (!app) throw new Error('the last requests must be in the person’s own app, where there is no premium')
  const uses: PlannedUse[] = []
  for (let left = amount; left > 0; ) {
    const part = left < 2 * LAST_REQUEST ? left : LAST_REQUEST
    const usage = { outputTokens: Math.floor(part / 2), inputTokens: part % 2 }
    const at = new Date(after.getTime() + (uses.length + 1) * 4 * MINUTE_MS)
    const request = { at, operation: 'ai.standard', app: app.slug, usage }
    uses.push({
      ...request,
      hold: null,
      fingerprint: null,
      total: priceOf(request, { ownApps: ownApps(person) }),
    })
    left -= part
  }
  return uses
}

/** The time of the use that passes 94 % of a Free allowance. */
function nearlyGoneAt(uses: PlannedUse[]): Date {
  let spent = 0
  for (const use of uses) {
    spent += use.total
    if (spent > freeCredits(use.at) * 0.94) return use.at
  }
  throw new Error('the allowance is never nearly gone')
}

const RENEWAL_DELAY_MS = 65 * MINUTE_MS

/** An upgrade on the first day, a renewal, an unused pack, a promo, refunds, and a video in progress. */
function everythingOnSuper(person: SeedPerson, now: Date): Step[] {
  const upgraded = new Date(signedUpAt(person, now).getTime() + 20 * MINUTE_MS)
  const renewed = monthAfter(upgraded, 1)
  const periods = [
    { start: upgraded, end: renewed },
    { start: renewed, end: monthAfter(upgraded, 2) },
  ] as const
  const renewalPaid = new Date(renewed.getTime() + RENEWAL_DELAY_MS)
  const busyUntil = new Date(now.getTime() - 5 * MINUTE_MS)
  const uses = [
    ...plannedIn(person, periods[0], credits(8_700)),
    ...plannedIn(person, { start: renewalPaid, end: busyUntil }, credits(5_600)),
  ]
  const made: MadeCharges = new Map()
  const daysAgo = (days: number) => new Date(now.getTime() - days * DAY_MS)
  return [
    buyStep(upgraded, { plan: fullestPlan(now) }),
    renewalStep(renewalPaid),
    promoStep(daysAgo(12), credits(300), daysAgo(-48), 'Sorry for last week’s slow videos'),
    buyStep(daysAgo(9), { pack: 'medium' }),
    ...meterSteps(uses, made),
    ...refundsOf(uses, made, new Date(now.getTime() - 2 * HOUR_MS)),
    openHoldStep(new Date(now.getTime() - 2 * MINUTE_MS), STORY_STUDIO, 'video.standard', { seconds: 4 }),
  ]
}

/** Failed uses, the latest of each kind before `until`: a blank video, an unusable image, a search without an answer. */
function refundsOf(uses: PlannedUse[], made: MadeCharges, until: Date): Step[] {
  const wrong = [
    {
      find: (use: PlannedUse) => use.operation === 'video.standard',
      amount: null,
      reason: 'The video came out blank',
    },
    {
      find: (use: PlannedUse) => use.operation === 'image.standard' && use.total > credits(100),
      amount: credits(50),
      reason: 'One of the images was unusable',
    },
    {
      find: (use: PlannedUse) => 'webSearch' in use.usage,
      amount: null,
      reason: 'The search returned nothing',
    },
  ]
  return wrong.flatMap(({ find, ...what }) => {
    const index = uses.findLastIndex((use) => use.at < until && find(use))
    const use = uses[index]
    return use ? [refundStep(use, index, made, what)] : []
  })
}

/** Adds months as Stripe does: the same day and time of a later month, or its last day. */
function monthAfter(start: Date, months: number): Date {
  const day = Math.min(
    start.getUTCDate(),
    new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + months + 1, 0)).getUTCDate(),
  )
  const moved = new Date(start)
  moved.setUTCMonth(start.getUTCMonth() + months, day)
  return moved
}
