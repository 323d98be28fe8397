import { findOperation } from '@/lib/catalog'
import { catalogAt } from '@/lib/catalogs/current'
import { type Millicredits, minOf, ZERO } from '@/lib/millicredits'
import { premiumBpsFor, priceUsage } from '@/lib/pricing/price'
import { checkUsage } from '@/lib/pricing/usage'
import { type Random, seededRandom } from './random'
import { activeDays } from './rhythm'

export type RawUsage = Record<string, number | boolean>

/** A kind of use that a person repeats. */
export type Habit = {
  /** The frequency relative to the person's other habits. */
  share: number
  operation: string
  /** The slug of the app where it happens; null outside apps. */
  app: string | null
  usage: (random: Random) => RawUsage
  /** The number of distinct requests that are repeated, whose cost caching would save. */
  variants?: number
  /**
   * Reserves credits first, for longer work. `over`: the usage exceeds the limit of the hold, and the excess is
   * absorbed.
   */
  hold?: 'spare' | 'over'
}

export type PlannedUse = {
  at: Date
  operation: string
  app: string | null
  usage: RawUsage
  /** The hold made first; null for a plain charge. */
  hold: { usage: RawUsage; limit: Millicredits | null } | null
  fingerprint: string | null
  /** The price for the payer. */
  total: Millicredits
}

export type PlanInput = {
  random: Random
  from: Date
  until: Date
  /** The upper limit; the total is slightly lower if nothing else fits. */
  credits: Millicredits
  habits: readonly Habit[]
  /** Slugs of the person's own apps, which have no premium. */
  ownApps: ReadonlySet<string>
}

/** The fewest uses a day: people still make small requests on the days after an expensive video. */
const USES_A_DAY_MIN = 2
/** The day ends after this many consecutive habits that no longer fit. */
const TRIES_MAX = 8

/** Plans a person's uses between two instants, in order of time, with a realistic spread over the days. */
export function planUses(input: PlanInput): PlannedUse[] {
  const { random, from, until, credits, habits } = input
  const days = activeDays(random, from, until)
  const weights = days.reduce((total, day) => total + day.weight, 0)
  const pickHabit = habitPicker(random, habits)
  const uses: PlannedUse[] = []
  let spent: number = 0
  let weightSoFar = 0
  for (const day of days) {
    weightSoFar += day.weight
    // Excess use of one day is subtracted from the next, so that the whole span has the intended total.
    const due = (credits * weightSoFar) / weights
    const before = uses.length
    for (let tries = 0; (spent < due || uses.length < before + USES_A_DAY_MIN) && tries < TRIES_MAX; ) {
      const at = new Date(day.start + Math.floor(random.next() * (day.end - day.start)))
      const use = planUse(pickHabit(), at, input)
      if (spent + Math.max(use.total, reserved(use, input)) > credits) {
        tries += 1
        continue
      }
      spent += use.total
      uses.push(use)
    }
  }
  return uses.sort((left, right) => left.at.getTime() - right.at.getTime())
}

/**
 * Picks habits in proportion to their shares, including rare ones, without a visible pattern: every pick adds its share to
 * each habit's credit, and the habit with the most credit is picked and pays for all.
 */
function habitPicker(random: Random, habits: readonly Habit[]): () => Habit {
  const shares = habits.reduce((total, habit) => total + habit.share, 0)
  const owed = habits.map(() => 0)
  return () => {
    habits.forEach((habit, index) => {
      owed[index] = (owed[index] ?? 0) + habit.share * (0.5 + random.next())
    })
    const turn = owed.indexOf(Math.max(...owed))
    const habit = habits[turn]
    if (!habit) throw new Error('nobody is without habits')
    owed[turn] = (owed[turn] ?? 0) - shares
    return habit
  }
}

function planUse(habit: Habit, at: Date, input: PlanInput): PlannedUse {
  const { operation, app } = habit
  const { usage, fingerprint } = requestOf(habit, input.random)
  const total = priceOf({ operation, app, usage, at }, input)
  const plain = { at, operation, app, fingerprint, usage, total, hold: null }
  switch (habit.hold) {
    case undefined:
      return plain
    case 'spare':
      return { ...plain, hold: { usage: scaled(usage, 1.4), limit: null } }
    case 'over': {
      const reserve = scaled(usage, 0.8)
      const limit = priceOf({ operation, app, usage: reserve, at }, input)
      return { ...plain, total: minOf(total, limit), hold: { usage: reserve, limit } }
    }
    default:
      return habit.hold satisfies never
  }
}

function requestOf(habit: Habit, random: Random): { usage: RawUsage; fingerprint: string | null } {
  if (habit.variants === undefined) return { usage: habit.usage(random), fingerprint: null }
  const fingerprint = `${habit.operation}#${random.between(1, habit.variants)}`
  return { usage: habit.usage(seededRandom(fingerprint)), fingerprint }
}

function scaled(usage: RawUsage, factor: number): RawUsage {
  const fields = Object.entries(usage)
  return Object.fromEntries(
    fields.map(([field, value]) => [field, typeof value === 'number' ? Math.ceil(value * factor) : value]),
  )
}

function reserved(use: PlannedUse, input: PlanInput): Millicredits {
  if (use.hold === null) return ZERO
  return use.hold.limit ?? priceOf({ ...use, usage: use.hold.usage }, input)
}

/** The price that metering will compute. */
export function priceOf(
  use: { operation: string; app: string | null; usage: RawUsage; at: Date },
  { ownApps }: Pick<PlanInput, 'ownApps'>,
): Millicredits {
  const version = catalogAt(use.at)
  const operation = findOperation(version, use.operation)
  if (!operation) throw new Error(`no operation ${use.operation}`)
  const checked = checkUsage(operation, use.usage)
  if (!checked.ok) throw new Error(`${use.operation} cannot have used ${JSON.stringify(use.usage)}`)
  const inOthersApp = use.app !== null && !ownApps.has(use.app)
  const premiumBps = premiumBpsFor({ version, operation, inOthersApp })
  return priceUsage({ version, operation, usage: checked.usage, premiumBps }).total
}
