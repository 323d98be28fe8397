import { createStripeSandbox, type Faults, type StripeSandbox } from '@ai-credits/stripe-sandbox'
import { z } from 'zod'
import { closeNotice } from '@/lib/billing/apply/notices'
import { everythingSold } from '@/lib/billing/checkout/offers'
import { syncCatalog } from '@/lib/billing/checkout/sync-catalog'
import { HANDLED_EVENTS } from '@/lib/billing/events/apply-event'
import { eventsApplied, receiveEvent } from '@/lib/billing/events/receive-event'
import { findCustomer } from '@/lib/billing/read/customer-rows'
import { noteStripeAccount } from '@/lib/billing/repair/check-own-stripe'
import { drainWebhooks } from '@/lib/billing/repair/drain-webhooks'
import { reconcile } from '@/lib/billing/repair/reconcile'
import { reconcileSubscriptions } from '@/lib/billing/repair/reconcile-subscriptions'
import { setStripeEndpoint, withStripe } from '@/lib/billing/stripe-client'
import { currentCatalog } from '@/lib/catalogs/current'
import { DAY_MS, HOUR_MS, ManualClock, MINUTE_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { Unavailable } from '@/lib/errors'
import { createScenario, newAccount, type Scenario } from '@/lib/testing/scenario'
import {
  COUPONS,
  type Fate,
  type Group,
  type History,
  type News,
  OTHER_CURRENCIES,
  type Outage,
  type Settings,
  type Step,
} from './actions.test-support'
import type { Held } from './holdings.test-support'

/** An event on its way. */
type Letter = { payload: string; signature: string | null; dueAt: number }

/** A person with their account here. */
export type Person = {
  accountId: string
  user: string
  customer: string | null
  /** Checkouts of Super that were opened and not paid. */
  tabs: { session: string; expiresAt: number }[]
  lastSession: string | null
  /** The objects in Stripe that only actions create, oldest first. */
  made: (Held<string> & { kind: 'refund' | 'dispute' | 'credit note' })[]
  intents: Set<string>
  /** The time of the latest event about the person, in milliseconds. */
  lastNewsAt: number
  inbox: Letter[]
  network: Network
}

type Network = { waiting: Letter[]; fates: Fate[]; dealt: number; random: () => number }

const sent = z.object({
  type: z.string(),
  created: z.number(),
  data: z.object({
    object: z.looseObject({
      id: z.string(),
      customer: z.string().nullish(),
      payment_intent: z.string().nullish(),
    }),
  }),
})

const handled = new Set(HANDLED_EVENTS)

const ALL_CALLS = { kind: 'error', status: 503, times: null, applied: false } as const
const FAULTS: Record<Outage, Faults['api']> = {
  down: ALL_CALLS,
  'read only': { ...ALL_CALLS, writesOnly: true },
  'answers lost': { ...ALL_CALLS, applied: true, writesOnly: true },
  'no refunds': { ...ALL_CALLS, paths: ['/v1/refunds'] },
  'no invoices': { ...ALL_CALLS, paths: ['/v1/invoices', '/v1/invoice_payments'] },
  'no list': { ...ALL_CALLS, paths: ['/v1/events', '/v1/subscriptions'] },
}

/** `now`: every event arrives immediately and in order, as for the orderly twin. */
export type Arrival = 'now' | News

/** A product with its own database and Stripe on one clock, and the people of a group. */
export class World {
  readonly ctx: Context
  readonly sandbox: StripeSandbox
  readonly people: Person[] = []
  readonly news: News
  readonly settings: Settings
  readonly #arrival: Arrival
  readonly #clock: ManualClock
  readonly #scenario: Scenario
  readonly #byCustomer = new Map<string, Person>()
  #arrived: { payload: string; signature: string | null }[] = []

  private constructor(scenario: Scenario, { group, arrival }: { group: Group; arrival: Arrival }) {
    this.#scenario = scenario
    this.#arrival = arrival
    this.#clock = new ManualClock(group.start)
    this.ctx = { ...scenario.ctx, clock: this.#clock }
    this.news = group.news
    this.settings = group.settings
    this.sandbox = createStripeSandbox({
      clock: this.#clock,
      deliver: 'manual',
      secretKey: 'sk_test_histories',
      asyncPaymentSeconds: Math.max(120, (group.settings.bankDays * DAY_MS) / 1_000),
      webhookUrl: 'http://app.test/hooks',
      webhookFetch: async (_url, { body, headers }) => {
        const signature = new Headers(headers).get('stripe-signature')
        this.#arrived.push({ payload: String(body), signature })
        return new Response(null, { status: 200 })
      },
    })
  }

  static async open(group: Group, arrival: Arrival): Promise<World> {
    const world = new World(await createScenario(), { group, arrival })
    await world.#begin(group.histories)
    return world
  }

  close(): Promise<void> {
    return this.#scenario.close()
  }

  get now(): Date {
    return this.#clock.now()
  }

  async #begin(histories: History[]): Promise<void> {
    const { webhookSecret, secretKey, control } = this.sandbox
    endpoint.sandbox = this.sandbox
    setStripeEndpoint({ secretKey, webhookSecret, fetch: endpoint.fetch, apiUrl: 'http://stripe.sandbox' })
    const { dunningEnd, firstBankPayment, settlementCurrency } = this.settings
    control.setAccount({
      dunning: { retryDays: [3, 5, 7], end: dunningEnd },
      firstBankPayment,
      settlementCurrency,
      rates: { usd: 0.9, eur: 1.1, jpy: 0.0066 },
    })
    await noteStripeAccount(this.ctx)
    await syncCatalog(currentCatalog())
    await sellMore()
    await control.deliverPending({ early: true })
    this.#arrived = []
    if (this.#arrival === 'unlisted') control.setFaults({ lose: 'all' })
    for (const { fates, order } of histories) {
      const account = await newAccount({ ctx: this.ctx })
      this.people.push({
        ...account,
        customer: null,
        tabs: [],
        lastSession: null,
        made: [],
        intents: new Set(),
        lastNewsAt: 0,
        inbox: [],
        network: { waiting: [], fates, dealt: 0, random: randomOf(order) },
      })
    }
  }

  /** Lets the world learn of a person's customer before Stripe reports anything about it. */
  async meet(person: Person): Promise<string | null> {
    const customer = await findCustomer(this.ctx, person.accountId)
    if (customer !== null) {
      person.customer = customer
      this.#byCustomer.set(customer, person)
    }
    return customer
  }

  /** Lets time pass. Stripe does what falls due, and the product learns of it as events arrive. */
  async pass({ move, outage, isAsked }: Step): Promise<void> {
    const isOut = this.#arrival !== 'now' && outage !== null
    if (isOut) this.sandbox.control.setFaults({ api: FAULTS[outage] })
    await this.#hear()
    for (let passed = 0, hour = 1; passed < move; hour += 1) {
      const stride = Math.min(move - passed, HOUR_MS)
      passed += stride
      this.#advance(stride)
      if (passed >= OUTAGE_MS_MAX) this.sandbox.control.setFaults({ api: { kind: 'none' } })
      await this.#hear()
      // The sweepers run within an hour after people act; otherwise they may pause for half a day, as if the server
      // were down.
      if (hour === 1 || hour % 12 === 0) await this.#sweep()
    }
    if (isOut) this.sandbox.control.setFaults({ api: { kind: 'none' } })
    await this.#sweep({ early: isOut || isAsked })
    await this.#hear()
  }

  /**
   * Lets the time pass within which rule 6 promises that everything is repaired, while the sweepers run every few
   * minutes. Returns whether Stripe has been quiet meanwhile, so that no event is left to arrive.
   */
  async heal(): Promise<boolean> {
    for (const person of this.people) await this.flush(person)
    await drainWebhooks(this.ctx, { early: true })
    const from = this.now.getTime()
    for (let passed = 0; passed < HEALED_MS; passed += SWEPT_EVERY_MS) {
      this.#advance(SWEPT_EVERY_MS)
      await this.#hear()
      await this.#sweep()
    }
    for (const person of this.people) await this.flush(person)
    await this.#hear()
    return this.people.every(({ lastNewsAt }) => lastNewsAt <= from)
  }

  get #hasWebhooks(): boolean {
    return this.#arrival === 'now' || this.#arrival === 'late'
  }

  #advance(milliseconds: number): void {
    this.#clock.advance(milliseconds)
    this.sandbox.control.settle()
  }

  /** Runs the sweepers of a running product. Staff allow what the reconciler asks about (rule 14). */
  async #sweep({ early = false } = {}): Promise<void> {
    await drainWebhooks(this.ctx, { early })
    try {
      do {
        // The whole reconciler would find late events before they arrive.
        if (this.#hasWebhooks) await reconcileSubscriptions(this.ctx)
        else await reconcile(this.ctx, { early })
      } while (await this.#allowChanges())
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
    }
  }

  async #allowChanges(): Promise<boolean> {
    const text = `select id from billing_notices where kind = 'held' and outcome is null`
    const { rows } = await this.ctx.pool.query<{ id: string }>({ name: 'held-notice', text })
    for (const { id } of rows) await closeNotice(this.ctx, { id, accountId: null, outcome: 'accepted' })
    if (rows.length === 0) return false
    await this.ctx.pool.query('update subscriptions set due_at = $1 where due_at is not null', [this.now])
    return true
  }

  /** Delivers what Stripe has sent and what follows from it; the disturbed network treats each event by its fate. */
  async #hear(): Promise<void> {
    for (let rounds = 0; rounds < 50; rounds += 1) {
      await this.#collect()
      const busy = this.people.filter((person) => this.#hasNews(person))
      if (busy.length === 0) return
      await Promise.all(busy.map((person) => this.#hearOf(person)))
    }
    throw new Error('the product and Stripe answer each other for ever')
  }

  #hasNews({ inbox, network }: Person): boolean {
    const now = this.now.getTime()
    return inbox.length > 0 || network.waiting.some(({ dueAt }) => dueAt <= now)
  }

  async #hearOf(person: Person): Promise<void> {
    if (this.#arrival === 'now') await this.#receive(person.inbox.splice(0))
    else if (this.#arrival === 'late') await this.#hearLate(person, this.now.getTime())
    else person.inbox.splice(0)
  }

  /** Delivers every event about a person that is still on its way, and those that follow from it. */
  async flush(person: Person): Promise<void> {
    if (this.#arrival !== 'late') return
    const { inbox, network } = person
    for (await this.#collect(); inbox.length + network.waiting.length > 0; await this.#collect())
      await this.#hearLate(person, Number.POSITIVE_INFINITY)
  }

  async #hearLate({ inbox, network }: Person, until: number): Promise<void> {
    const at = this.now.getTime()
    for (const letter of inbox.splice(0)) {
      const fate = network.fates[network.dealt % network.fates.length]
      network.dealt += 1
      const { copies = 1, delayHours = 0 } = fate ?? {}
      for (let copy = 0; copy < copies; copy += 1) {
        // Only the first of several copies may be late: the others are its duplicates.
        const delay = copy === 0 ? delayHours * HOUR_MS : 0
        network.waiting.push({ ...letter, dueAt: at + delay })
      }
    }
    const due = network.waiting.filter(({ dueAt }) => dueAt <= until)
    network.waiting = network.waiting.filter(({ dueAt }) => dueAt > until)
    const shuffled = due
      .map((letter) => ({ letter, place: network.random() }))
      .sort((left, right) => left.place - right.place)
      .map(({ letter }) => letter)
    await this.#receive(shuffled)
  }

  async #receive(letters: Letter[]): Promise<void> {
    for (const letter of letters) {
      await receiveEvent(this.ctx, letter)
      await eventsApplied()
    }
  }

  async #collect(): Promise<void> {
    await this.sandbox.control.deliverPending({ early: true })
    for (const { payload, signature } of this.#arrived.splice(0)) {
      const { type, created, data } = sent.parse(JSON.parse(payload))
      const { object } = data
      const person = this.#ownerOf(object.customer ?? null, object.payment_intent ?? null)
      if (person === null) continue
      if (object.payment_intent) person.intents.add(object.payment_intent)
      if (!handled.has(type)) continue
      person.lastNewsAt = Math.max(person.lastNewsAt, created * 1_000)
      person.inbox.push({ payload, signature, dueAt: 0 })
    }
  }

  #ownerOf(customer: string | null, intent: string | null): Person | null {
    if (customer !== null) return this.#byCustomer.get(customer) ?? null
    return this.people.find(({ intents }) => intent !== null && intents.has(intent)) ?? null
  }
}

/** A renewal is expected for 72 hours, during which the product must learn that its payment is pending (rule 4). */
const OUTAGE_MS_MAX = 48 * HOUR_MS
/** Rule 6: a renewal is found within 10 minutes and a cancellation within an hour. */
const HEALED_MS = 70 * MINUTE_MS
const SWEPT_EVERY_MS = 5 * MINUTE_MS

/** One address for the Stripes of all worlds, so that the product keeps one client. */
const endpoint = {
  sandbox: null as StripeSandbox | null,
  async fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const answer = await endpoint.sandbox?.fetch(input, init)
    if (!answer) throw new Error('there is no Stripe')
    // The library would wait in real time before it tries again.
    if (answer.status < 500) return answer
    const headers = new Headers(answer.headers)
    headers.set('stripe-should-retry', 'false')
    return new Response(await answer.text(), { status: answer.status, headers })
  },
}

/** Gives every price its amounts in other currencies, and makes the coupons with their codes. */
async function sellMore(): Promise<void> {
  await withStripe(async (stripe) => {
    const keys = everythingSold(currentCatalog()).map(({ lookupKey }) => lookupKey)
    const { data } = await stripe.prices.list({ lookup_keys: keys, limit: 100 })
    for (const { id, unit_amount: amount } of data) {
      const options = Object.entries(OTHER_CURRENCIES).map(([currency, rate]) => {
        return [currency, { unit_amount: Math.round((amount ?? 0) * rate) }] as const
      })
      await stripe.prices.update(id, { currency_options: Object.fromEntries(options) })
    }
    for (const [code, terms] of Object.entries(COUPONS)) {
      const coupon = await stripe.coupons.create({ ...terms, id: code })
      await stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id }, code })
    }
  })
}

/** A small random generator per history, so that a history plays the same alone and in a group. */
function randomOf(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
