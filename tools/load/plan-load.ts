import { lowestSold } from '@/lib/catalog'
import { currentCatalog, freePlanKey } from '@/lib/catalogs/current'
import { DAY_MS, HOUR_MS } from '@/lib/clock'
import { freePeriodAt, startOfUtcDay } from '@/lib/credits/book/periods'
import { type Random, seededRandom } from '@/prisma/seed/random'

export type LoadSize = {
  charges: number
  /** The number of charges of the heavy account. */
  heavy: number
  /** A part of every id and name: the same seed makes the same people. */
  seed: number
}

export type LoadAccount = {
  /** From 1: 1 is the heavy account, 2 the light one compared with it. */
  number: number
  externalId: string
  /** The plan's key. */
  plan: string
  signedUpAt: Date
  /** Every allowance period from sign-up until now. */
  periods: { start: Date; end: Date }[]
  charges: number
  /** The number of charges of earlier accounts, from which ids continue. */
  chargesBefore: number
  /** Positions in the list of apps; the account's own app comes first. */
  apps: number[]
}

/** `creator`: the account number of its creator. */
export type LoadApp = { number: number; name: string; slug: string; creator: number; createdAt: Date }

export type LoadPlan = LoadSize & { accounts: LoadAccount[]; apps: LoadApp[] }

export const LIGHT_CHARGES = 1_000

const HISTORY_DAYS_MAX = 730 // two years
const CHARGES_AN_ACCOUNT = 800
const ACCOUNTS_AN_APP = 20
const APPS_MAX = 2_000
const APPS_AN_ACCOUNT = 5
/** The number of apps of the heavy account (the most used) and of the light one (the least used). */
const COMPARED_APPS = 3

/** Plans people and their usage without a database. */
export function planLoad(size: LoadSize, now: Date): LoadPlan {
  const random = seededRandom(`load-${size.seed}`)
  const rest = size.charges - size.heavy - LIGHT_CHARGES
  if (size.heavy < 1 || rest < 1)
    throw new RangeError(
      `of ${size.charges} charges, ${size.heavy} + ${LIGHT_CHARGES} leaves none for others`,
    )
  const counts = [size.heavy, LIGHT_CHARGES, ...spread(rest, Math.ceil(rest / CHARGES_AN_ACCOUNT), random)]
  const appsCount = Math.min(
    APPS_MAX,
    Math.max(2 * APPS_AN_ACCOUNT, Math.ceil(counts.length / ACCOUNTS_AN_APP)),
  )
  const creators = Array.from({ length: appsCount }, (_, index) =>
    creatorOf(index, appsCount, counts.length, random),
  )
  const accounts: LoadAccount[] = []
  let chargesBefore = 0
  for (const [index, charges] of counts.entries()) {
    const number = index + 1
    const isCompared = number <= 2
    const days = isCompared ? HISTORY_DAYS_MAX : random.between(30, HISTORY_DAYS_MAX)
    const signedUpAt = new Date(
      startOfUtcDay(now).getTime() - days * DAY_MS + random.between(0, 20) * HOUR_MS,
    )
    accounts.push({
      number,
      externalId: externalIdOf(size.seed, number),
      plan: isCompared || random.chance(1 / 8) ? lowestSold(currentCatalog()).key : freePlanKey(),
      signedUpAt,
      periods: periodsOf(signedUpAt, now),
      charges,
      chargesBefore,
      apps: appsOf(number, creators, random),
    })
    chargesBefore += charges
  }
  const apps = creators.map((creator, index) => ({
    number: index + 1,
    name: `Loaded app ${index + 1}`,
    slug: `load-${size.seed}-${index + 1}`,
    creator,
    createdAt: accounts[creator - 1]?.signedUpAt ?? now,
  }))
  return { ...size, accounts, apps }
}

/** Identifies a loaded account. */
export function externalIdOf(seed: number, number: number): string {
  if (number === 1) return `load-${seed}-heavy`
  return number === 2 ? `load-${seed}-light` : `load-${seed}-${number}`
}

/** Divides `total` unevenly into `count` shares of at least 1. */
function spread(total: number, count: number, random: Random): number[] {
  const weights = Array.from({ length: count }, () => 0.1 + random.next() ** 3)
  const sum = weights.reduce((left, right) => left + right, 0)
  let given = 0
  let weighed = 0
  return weights.map((weight, index) => {
    weighed += weight
    const until = Math.min(total - (count - index - 1), Math.round((weighed / sum) * total))
    const share = index === count - 1 ? total - given : Math.max(1, until - given)
    given += share
    return share
  })
}

/** The first apps belong to the heavy account, the last ones to the light account. */
function creatorOf(index: number, apps: number, accounts: number, random: Random): number {
  if (index < COMPARED_APPS) return 1
  if (index >= apps - COMPARED_APPS) return 2
  return Math.min(accounts, random.between(3, Math.max(3, accounts)))
}

/** A few apps for each account; low positions are popular. Its own app comes first. */
function appsOf(account: number, creators: number[], random: Random): number[] {
  const own = creators.indexOf(account)
  const chosen = new Set<number>(own < 0 ? [] : [own])
  while (chosen.size < APPS_AN_ACCOUNT) chosen.add(Math.floor(random.next() ** 2 * creators.length))
  return [...chosen]
}

function periodsOf(signedUpAt: Date, now: Date): { start: Date; end: Date }[] {
  const anchor = startOfUtcDay(signedUpAt)
  const periods = [freePeriodAt(anchor, signedUpAt)]
  for (let last = periods[0]; last && last.end <= now; last = periods.at(-1))
    periods.push(freePeriodAt(anchor, last.end))
  return periods
}
