import fc from 'fast-check'
import type Stripe from 'stripe'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '@/lib/clock'

type Pay = 'card' | 'card_declined' | 'card_fails_later' | 'bank_succeeds' | 'bank_fails'
type Method = 'card' | 'card_declined' | 'card_fails_later' | 'bank' | 'bank_fails'
/** A coupon in Stripe, and the promotion code for it. */
export const COUPONS = {
  HALF: { percent_off: 50, duration: 'once' },
  GIFT: { percent_off: 100, duration: 'once' },
  ALWAYS: { percent_off: 100, duration: 'forever' },
  LESS: { amount_off: 500, currency: 'usd', duration: 'forever' },
} as const satisfies Record<string, Stripe.CouponCreateParams>
export type Coupon = keyof typeof COUPONS
/** The prices in other currencies, one of them without decimals. */
export const OTHER_CURRENCIES = { eur: 0.9, jpy: 1.5 } as const
type OtherCurrency = keyof typeof OTHER_CURRENCIES

/**
 * An action of a person, their bank, the operator in Stripe or staff. `of` picks one of the objects it is legal for; a
 * negative one counts from the newest. Shares are in quarters.
 */
export type Action =
  | { do: 'nothing' | 'open tab' | 'billing page' | 'success page' | 'accept payment' }
  | { do: 'pack'; pack: 'small' | 'medium'; pay: Pay; code: Coupon | null }
  | { do: 'pack in another currency'; currency: OtherCurrency }
  | { do: 'super'; pay: Pay; code: Coupon | null }
  | { do: 'pay tab'; pay: Pay }
  | {
      do: 'subscribe by hand'
      trialDays: number
      withoutMethod: 'pause' | 'cancel' | 'create_invoice'
      currency: 'usd' | OtherCurrency
      coupon: Coupon | null
      isSent: boolean
    }
  | { do: 'use'; pages: number }
  | { do: 'new method'; kind: Method }
  | { do: 'customer balance'; amount: number }
  | { do: 'cancel' | 'undo cancel' | 'release schedule' | 'resume collection' | 'pause'; of: number }
  | { do: 'cancel at'; of: number; hours: number }
  | { do: 'schedule end'; of: number; hours: number }
  | { do: 'end'; of: number; prorate: boolean }
  | { do: 'end trial'; of: number }
  | {
      do: 'pause collection'
      of: number
      behavior: 'void' | 'keep_as_draft' | 'mark_uncollectible'
      days: number | null
    }
  | { do: 'resume'; of: number; onSuccess: boolean }
  | { do: 'discount'; of: number; coupon: Coupon | null }
  | { do: 'pay invoice'; of: number; quarters: number }
  | { do: 'pay out of band' | 'void' | 'write off' | 'finalise'; of: number }
  | { do: 'credit'; of: number; quarters: number; by: 'refund' | 'balance' | 'out of band' }
  | { do: 'credit before payment'; of: number; quarters: number }
  | { do: 'void credit note'; of: number }
  | { do: 'refund'; of: number; quarters: number; isPending: boolean }
  | { do: 'settle refund'; of: number; status: 'succeeded' | 'failed' }
  | { do: 'dispute'; of: number; isInquiry: boolean }
  | { do: 'move dispute'; of: number; step: 'won' | 'lost' | 'escalated' | 'warning_closed' | 'under_review' }

export type ActionName = Action['do']
type Named<A, Name> = A extends { do: unknown } ? (Name extends A['do'] ? A : never) : never
export type ActionOf<Name extends ActionName> = Omit<Named<Action, Name>, 'do'> & { do: Name }

/** The state of an object in Stripe that an action may be done to. `isDone`: its subscription is over or lost. */
export type At = { now: Date; isDone: boolean; news: News }
type Legal<T> = (it: T, at: At) => boolean
type Target =
  | { on?: undefined }
  | { on: 'subscription'; legal: Legal<Stripe.Subscription> }
  | { on: 'invoice'; legal: Legal<Stripe.Invoice> }
  /** These come from earlier actions, and Stripe itself decides whether a step is legal. */
  | { on: 'payment' | 'refund' | 'dispute' | 'credit note' }

type Rule<Name extends ActionName> = Target & {
  /** How often it is drawn, relative to the others. */
  weight: number
  sample: fc.Arbitrary<Omit<ActionOf<Name>, 'do'>>
  /**
   * Its outcome depends on what the product knows, so it is done only once all events have arrived: after a plan has
   * stopped and resumed, nothing in Stripe shows that it had stopped and that Free's month had begun.
   */
  needsNews?: true
  /**
   * Events of earlier actions arrive before it. Packs are spent in the order in which they are reported, so the second
   * one is not bought before the first one is known.
   */
  inOrder?: true
  /**
   * It postpones an end that the product knows. Credits that expired with an end do not return, so its event is never
   * late, and it is done a few hours before the end.
   */
  putsOff?: true
  /** It is rarely legal, as are the actions that need an object. */
  isRare?: true
  /**
   * The product repairs the loss of its event even if Stripe does not list the event, because it begins, renews or ends a
   * subscription.
   */
  healsUnlisted?: true
}

const of = fc.integer({ min: -2, max: 3 })
const quarters = fc.integer({ min: 1, max: 4 })
const none = fc.constant({})
const one = fc.record({ of })
const pay = fc.constantFrom<Pay>('card', 'card', 'card', 'card_declined', 'bank_succeeds', 'bank_fails')
const payPlan = fc.constantFrom<Pay>(
  ...([
    'card',
    'card',
    'card',
    'card_fails_later',
    'card_fails_later',
    'bank_succeeds',
    'bank_fails',
  ] as const),
)
const coupon = fc.constantFrom<Coupon | null>(
  ...([null, null, null, 'HALF', 'GIFT', 'ALWAYS', 'LESS'] as const),
)
const pages = fc.oneof(fc.integer({ min: 1, max: 120 }), fc.integer({ min: 200, max: 1_200 }))

/** The sweepers find within an hour what no event reports. */
const KNOWN_MS = 2 * HOUR_MS

const isOver = ({ status }: Stripe.Subscription) => status === 'canceled' || status === 'incomplete_expired'
const alive = (legal: Legal<Stripe.Subscription> = () => true) => ({
  on: 'subscription' as const,
  legal: (it: Stripe.Subscription, at: At) => !isOver(it) && legal(it, at),
})
const endsLater: Legal<Stripe.Subscription> = (
  { cancel_at: at, items, pause_collection: pause },
  { now },
) => {
  const [item] = items.data
  const end = at ?? (pause === null ? Number.POSITIVE_INFINITY : (item?.current_period_end ?? 0))
  return end * 1_000 - now.getTime() > KNOWN_MS
}
const invoice = (...statuses: Stripe.Invoice.Status[]) => ({
  on: 'invoice' as const,
  legal: ({ status }: Stripe.Invoice) => status !== null && statuses.includes(status),
})

/**
 * Every action, and when it is legal. An action without a legal object is left out by both twins, so that a history can be
 * any list of actions.
 */
export const ACTIONS: { [Name in ActionName]: Rule<Name> } = {
  nothing: { weight: 2, sample: none, healsUnlisted: true },

  pack: {
    weight: 8,
    sample: fc.record({ pack: fc.constantFrom('small', 'medium'), pay, code: coupon }),
    inOrder: true,
  },
  'pack in another currency': {
    weight: 3,
    sample: fc.record({ currency: fc.constantFrom('eur', 'jpy') }),
    inOrder: true,
  },
  super: { weight: 12, sample: fc.record({ pay: payPlan, code: coupon }), healsUnlisted: true },
  'open tab': { weight: 8, sample: none, healsUnlisted: true },
  'pay tab': { isRare: true, weight: 14, sample: fc.record({ pay: payPlan }), healsUnlisted: true },
  'success page': { weight: 2, sample: none, healsUnlisted: true },
  'billing page': { weight: 2, sample: none, healsUnlisted: true },
  use: { weight: 8, sample: fc.record({ pages }), needsNews: true, healsUnlisted: true },
  'accept payment': { isRare: true, weight: 10, sample: none, needsNews: true },

  'subscribe by hand': {
    weight: 7,
    sample: fc.record({
      trialDays: fc.constantFrom(0, 0, 2, 14),
      withoutMethod: fc.constantFrom('pause', 'cancel', 'create_invoice'),
      currency: fc.constantFrom<'usd' | OtherCurrency>('usd', 'usd', 'usd', 'usd', 'eur', 'jpy'),
      coupon,
      isSent: fc.constantFrom(false, false, false, true),
    }),
    healsUnlisted: true,
  },
  'new method': {
    weight: 7,
    sample: fc.record({
      kind: fc.constantFrom<Method>(
        'card',
        'card',
        'card_declined',
        'card_fails_later',
        'bank',
        'bank_fails',
      ),
    }),
    healsUnlisted: true,
  },
  'customer balance': {
    weight: 2,
    sample: fc.record({ amount: fc.constantFrom(-5_000, -2_000, -700, 300) }),
    healsUnlisted: true,
  },

  cancel: { ...alive(), weight: 4, sample: one, healsUnlisted: true },
  'undo cancel': {
    ...alive((it, at) => it.cancel_at !== null && endsLater(it, at)),
    weight: 3,
    sample: one,
    putsOff: true,
    healsUnlisted: true,
  },
  'cancel at': {
    ...alive(endsLater),
    weight: 3,
    putsOff: true,
    sample: fc.record({ of, hours: fc.integer({ min: 1, max: 50 * 24 }) }),
    healsUnlisted: true,
  },
  'schedule end': {
    ...alive((it) => it.schedule === null),
    weight: 3,
    sample: fc.record({ of, hours: fc.integer({ min: 1, max: 50 * 24 }) }),
    healsUnlisted: true,
  },
  'release schedule': { ...alive((it) => it.schedule !== null), weight: 6, sample: one, healsUnlisted: true },
  end: {
    // A subscription that began and ended between two reads of Stripe's lists leaves no trace in them.
    ...alive(
      ({ created }, { now, news }) => news !== 'unlisted' || now.getTime() - created * 1_000 > KNOWN_MS,
    ),
    weight: 4,
    sample: fc.record({ of, prorate: fc.constantFrom(false, false, true) }),
    healsUnlisted: true,
  },
  'end trial': { ...alive((it) => it.status === 'trialing'), weight: 10, sample: one },
  'pause collection': {
    ...alive((it) => it.pause_collection === null),
    weight: 6,
    sample: fc.record({
      of,
      behavior: fc.constantFrom('void', 'keep_as_draft', 'mark_uncollectible'),
      days: fc.constantFrom(null, 1, 20, 40),
    }),
  },
  'resume collection': {
    ...alive((it, at) => it.pause_collection !== null && endsLater(it, at)),
    weight: 10,
    sample: one,
    needsNews: true,
    putsOff: true,
  },
  pause: {
    ...alive((it) => it.status === 'active' || it.status === 'trialing'),
    weight: 4,
    sample: one,
  },
  resume: {
    ...alive((it) => it.status === 'paused'),
    weight: 14,
    sample: fc.record({ of, onSuccess: fc.boolean() }),
    needsNews: true,
  },
  discount: { ...alive(), weight: 3, sample: fc.record({ of, coupon }), healsUnlisted: true },

  // A void invoice is paid only if the twin has not yet learned that its plan is over (rule 5).
  'pay invoice': {
    ...invoice('open', 'uncollectible', 'void'),
    weight: 8,
    sample: fc.record({ of, quarters }),
  },
  'pay out of band': { ...invoice('open', 'uncollectible'), weight: 5, sample: one },
  void: { ...invoice('open', 'uncollectible'), weight: 4, sample: one },
  'write off': { ...invoice('open'), weight: 4, sample: one },
  finalise: {
    on: 'invoice',
    // No event reports it, so the invoice of a dead plan is voided only when it is next read.
    legal: ({ status }, { isDone }) => status === 'draft' && !isDone,
    weight: 16,
    sample: one,
  },
  credit: {
    on: 'invoice',
    // A payment of a dead invoice is refunded in full as soon as it is known, whatever was credited before.
    legal: ({ status }, { isDone }) => status === 'paid' && !isDone,
    weight: 4,
    sample: fc.record({ of, quarters, by: fc.constantFrom('refund', 'balance', 'out of band') }),
  },
  'credit before payment': { ...invoice('open'), weight: 7, sample: fc.record({ of, quarters }) },
  'void credit note': { on: 'credit note', weight: 14, sample: one },

  refund: { on: 'payment', weight: 6, sample: fc.record({ of, quarters, isPending: fc.boolean() }) },
  'settle refund': {
    on: 'refund',
    weight: 6,
    sample: fc.record({ of, status: fc.constantFrom('succeeded', 'failed') }),
  },
  dispute: { on: 'payment', weight: 4, sample: fc.record({ of, isInquiry: fc.boolean() }) },
  'move dispute': {
    on: 'dispute',
    weight: 8,
    sample: fc.record({
      of,
      step: fc.constantFrom('won', 'won', 'lost', 'escalated', 'warning_closed', 'under_review'),
    }),
  },
}

export const ACTION_NAMES = Object.keys(ACTIONS) as ActionName[]

/**
 * How the disturbed twin learns of events: late, or never. Stripe still lists events that never arrive, or it has lost
 * them too.
 */
export const NEWS = ['late', 'listed', 'unlisted'] as const
export type News = (typeof NEWS)[number]

/** The network's treatment of one event, if events are late. */
export type Fate = { copies: number; delayHours: number }

/** Faults of Stripe's API while the disturbed twin receives the events of a step. */
export const OUTAGES = ['down', 'read only', 'answers lost', 'no refunds', 'no invoices', 'no list'] as const
export type Outage = (typeof OUTAGES)[number]

/**
 * For each step of the group's time, actions of which the first legal one is taken; late events take the `fates` in turn.
 */
export type History = { choices: Action[][]; fates: Fate[]; order: number }

/** A step of a group: its length, and what the disturbed twins' product goes through after the actions. */
export type Step = {
  move: number
  outage: Outage | null
  /** The operator runs `npm run stripe:reconcile` at its end, if events never arrive. */
  isAsked: boolean
}

/** The choices of the account's owner in Stripe. */
export type Settings = {
  dunningEnd: 'cancel' | 'unpaid' | 'past_due' | 'pause'
  bankDays: number
  firstBankPayment: 'active' | 'incomplete'
  settlementCurrency: 'usd' | 'eur'
}

/** Stripe's own settings. */
export const PLAIN_SETTINGS: Settings = {
  dunningEnd: 'cancel',
  bankDays: 0,
  firstBankPayment: 'active',
  settlementCurrency: 'usd',
}

/** Histories on one clock and one Stripe account. */
export type Group = { start: Date; news: News; settings: Settings; steps: Step[]; histories: History[] }

const STEPS = 9
/** Few actions are legal at any time, and those that need an object come first. */
const CHOICES = 5
const FATES = 12
/** The reconciler runs every few minutes, so a step without events lasts at least this long. */
const STEP_MS_MIN = 10 * MINUTE_MS

const fate: fc.Arbitrary<Fate> = fc.record({
  copies: fc.constantFrom(1, 1, 1, 2, 3),
  delayHours: fc.constantFrom(0, 0, 0, 1, 24, 72, 7 * 24),
})
const fates = fc.array(fate, { minLength: FATES, maxLength: FATES })

function actionOf(names: ActionName[]): fc.Arbitrary<Action> {
  return fc.oneof(
    ...names.map((name) => {
      const { weight, sample } = ACTIONS[name]
      // The table's type relates each name to the fields of its action.
      return { weight, arbitrary: sample.map((fields) => ({ do: name, ...fields }) as Action) }
    }),
  )
}

/**
 * Mostly hours or days, sometimes past a renewal. At least a second: Stripe counts in seconds, and nothing defines
 * which of two subscriptions created in one second came first.
 */
const move = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(SECOND_MS, 10 * MINUTE_MS) },
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 72 }).map((hours) => hours * HOUR_MS) },
  { weight: 2, arbitrary: fc.integer({ min: 12 * 24, max: 33 * 24 }).map((hours) => hours * HOUR_MS) },
)

const settings: fc.Arbitrary<Settings> = fc.record({
  dunningEnd: fc.constantFrom('cancel', 'cancel', 'unpaid', 'past_due', 'pause'),
  bankDays: fc.constantFrom(0, 5, 12),
  firstBankPayment: fc.constantFrom('active', 'incomplete'),
  settlementCurrency: fc.constantFrom('usd', 'usd', 'eur'),
})

function stepOf(news: News): fc.Arbitrary<Step> {
  return fc.record({
    move: news === 'late' ? move : move.map((time) => Math.max(time, STEP_MS_MIN)),
    outage: fc.oneof(
      { weight: 2, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.constantFrom(...OUTAGES) },
    ),
    isAsked: fc.boolean(),
  })
}

function rank({ do: name }: Action): number {
  const { on, isRare } = ACTIONS[name]
  return on !== undefined || isRare ? 0 : 1
}

export function groupsOf(size: number): fc.Arbitrary<Group> {
  return fc.constantFrom<News>('late', 'late', 'listed', 'unlisted').chain((news) => {
    const names = ACTION_NAMES.filter((name) => news !== 'unlisted' || ACTIONS[name].healsUnlisted)
    const choice = fc
      .array(actionOf(names), { minLength: CHOICES, maxLength: CHOICES })
      .map((actions) => actions.toSorted((left, right) => rank(left) - rank(right)))
    const choices = fc.array(choice, { minLength: STEPS, maxLength: STEPS })
    return fc.record({
      start: fc
        .integer({ min: 0, max: 365 * 24 })
        .map((hours) => new Date(Date.UTC(2026, 0, 1) + hours * HOUR_MS)),
      news: fc.constant(news),
      settings,
      steps: fc.array(stepOf(news), { minLength: STEPS, maxLength: STEPS }),
      histories: fc.array(fc.record({ choices, fates, order: fc.nat() }), {
        minLength: size,
        maxLength: size,
      }),
    })
  })
}

const PACKS_BEFORE = 1
const USES_BEFORE = 2
const AFTER = 4
/** The step of the upgrade in the group of `upgradesOf`. */
export const BOUGHT_AT = PACKS_BEFORE + USES_BEFORE
const NOTHING: Action = { do: 'nothing' }

const used = fc.integer({ min: 1, max: 120 }).map((count): Action => ({ do: 'use', pages: count }))
const boughtBefore = fc.constantFrom<Action>(
  NOTHING,
  { do: 'pack', pack: 'small', pay: 'card', code: null },
  { do: 'pack', pack: 'medium', pay: 'card', code: null },
)
const sinceUpgrade = fc.oneof(
  used,
  used,
  fc.constantFrom<Action>(
    { do: 'cancel', of: -1 },
    { do: 'undo cancel', of: -1 },
    { do: 'end', of: -1, prorate: false },
    NOTHING,
  ),
)

/**
 * Purchases and uses, an upgrade, uses and changes of the plan, and finally the full refund of the upgrade, an hour
 * apart.
 */
export function upgradesOf(size: number): fc.Arbitrary<Group> {
  const history = fc.record({
    choices: fc
      .tuple(
        boughtBefore,
        fc.array(fc.oneof(used, fc.constant(NOTHING)), { minLength: USES_BEFORE, maxLength: USES_BEFORE }),
        fc.array(sinceUpgrade, { minLength: AFTER, maxLength: AFTER }),
      )
      .map(([pack, uses, after]): Action[] => [
        pack,
        ...uses,
        { do: 'super', pay: 'card', code: null },
        ...after,
        { do: 'refund', of: -1, quarters: 4, isPending: false },
      ])
      .map((actions) => actions.map((action) => [action])),
    fates,
    order: fc.nat(),
  })
  const step: Step = { move: HOUR_MS, outage: null, isAsked: false }
  return fc.record({
    start: fc.constant(new Date('2026-05-10T09:00:00Z')),
    news: fc.constant('late' as const),
    settings: fc.constant(PLAIN_SETTINGS),
    steps: fc.constant(Array.from({ length: BOUGHT_AT + 1 + AFTER + 1 }, () => step)),
    histories: fc.array(history, { minLength: size, maxLength: size }),
  })
}
