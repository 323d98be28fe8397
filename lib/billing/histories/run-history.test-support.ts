import { createStripeSandbox, type StripeSandbox } from '@ai-credits/stripe-sandbox'
import type Stripe from 'stripe'
import { z } from 'zod'
import { startCheckout } from '@/lib/billing/checkout/start-checkout'
import { syncCatalog } from '@/lib/billing/checkout/sync-catalog'
import { HANDLED_EVENTS } from '@/lib/billing/events/apply-event'
import { eventsApplied, receiveEvent } from '@/lib/billing/events/receive-event'
import { findCustomer } from '@/lib/billing/read/customer-rows'
import { drainWebhooks } from '@/lib/billing/repair/drain-webhooks'
import { setStripeEndpoint, withStripe } from '@/lib/billing/stripe-client'
import { currentCatalog } from '@/lib/catalogs/current'
import { HOUR_MS, ManualClock } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { InsufficientCredits, InvalidRequest } from '@/lib/errors'
import { chargeUse } from '@/lib/metering/charge-use'
import { newAccount, newKey, PLAIN } from '@/lib/testing/scenario'
import { type Action, DELAY_MAX_MS, type Fate, type Group, type History } from './actions.test-support'
import { type Ledger, ledgerOf } from './ledger.test-support'

/** An event in transit: as it was sent or, if dropped, to be sent again. */
type Letter = { id: string; payload: string; signature: string | null; dueAt: number; isDropped: boolean }

type Twin = {
  accountId: string
  user: string
  customer: string | null
  /** The account's objects at Stripe, oldest first. The twin has the same ones under other ids. */
  payments: { intent: string; amount: number }[]
  subscriptions: string[]
  refunds: string[]
  disputes: string[]
  /** Null: every event arrives immediately and in order. */
  network: { waiting: Letter[]; fates: Fate[]; dealt: number; random: () => number } | null
  inbox: Letter[]
}

type Pair = { history: History; orderly: Twin; disturbed: Twin }

/** The outcome of a history: the ledgers of both twins, which should be equal. */
export type Result = { history: History; orderly: Ledger; disturbed: Ledger }

const sent = z.object({
  id: z.string(),
  type: z.string(),
  data: z.object({
    object: z.looseObject({
      id: z.string(),
      amount: z.number().optional(),
      customer: z.string().nullish(),
      payment_intent: z.string().nullish(),
    }),
  }),
})

const handled = new Set(HANDLED_EVENTS)

/** Plays every history of a group twice: with an orderly network and with a disturbed one. */
export async function playGroup(base: Context, group: Group): Promise<{ results: Result[]; end: Date }> {
  const clock = new ManualClock(group.start)
  const play = new Play({ ...base, clock }, clock)
  await syncCatalog(currentCatalog())
  const pairs = await Promise.all(group.histories.map((history) => play.newPair(history)))
  for (const [step, move] of group.moves.entries()) {
    await Promise.all(pairs.map((pair) => play.act(pair, pair.history.actions[step] ?? { do: 'nothing' })))
    await play.deliver(pairs)
    if (move > DELAY_MAX_MS) await play.flush(pairs)
    clock.advance(move)
    play.sandbox.control.settle()
    await play.deliver(pairs)
  }
  await play.flush(pairs)
  await drainWebhooks(play.ctx, { early: true })
  const results = await Promise.all(
    pairs.map(async ({ history, orderly, disturbed }) => ({
      history,
      orderly: await ledgerOf(play.ctx, orderly),
      disturbed: await ledgerOf(play.ctx, disturbed),
    })),
  )
  return { results, end: clock.now() }
}

/**
 * Plays an upgrade that is refunded in full. Returns what each twin could spend before it and at the end. Time stays within
 * one Free period.
 */
export async function playUpgrade(
  base: Context,
  upgrade: { start: Date; before: Action[]; after: Action[]; fates: Fate[]; order: number },
): Promise<{ before: number; after: number }[]> {
  const clock = new ManualClock(upgrade.start)
  const play = new Play({ ...base, clock }, clock)
  await syncCatalog(currentCatalog())
  const pair = await play.newPair({ actions: [], fates: upgrade.fates, order: upgrade.order })
  const twins = [pair.orderly, pair.disturbed]
  const step = async (action: Action) => {
    await play.act(pair, action)
    await play.deliver([pair])
    clock.advance(HOUR_MS)
  }
  const spendable = () => Promise.all(twins.map(async (twin) => (await ledgerOf(play.ctx, twin)).available))
  for (const action of upgrade.before) await step(action)
  await play.flush([pair])
  const before = await spendable()
  await step({ do: 'super', outcome: 'card' })
  const paidForSuper = pair.orderly.payments.length - 1
  for (const action of upgrade.after) await step(action)
  await step({ do: 'refund', of: paidForSuper, quarters: 4, isPending: false })
  await play.flush([pair])
  return (await spendable()).map((after, index) => ({ before: before[index] ?? 0, after }))
}

/** One product and one Stripe for a group of histories. */
class Play {
  readonly ctx: Context
  readonly #clock: ManualClock
  readonly sandbox: StripeSandbox
  readonly #twins = new Map<string, Twin>()
  #arrived: { payload: string; signature: string | null }[] = []

  constructor(ctx: Context, clock: ManualClock) {
    this.ctx = ctx
    this.#clock = clock
    this.sandbox = createStripeSandbox({
      clock,
      deliver: 'manual',
      webhookUrl: 'http://app.test/hooks',
      webhookFetch: async (_url, { body, headers }) => {
        const signature = new Headers(headers).get('stripe-signature')
        this.#arrived.push({ payload: String(body), signature })
        return new Response(null, { status: 200 })
      },
    })
    const { secretKey, webhookSecret, fetch } = this.sandbox
    setStripeEndpoint({ secretKey, webhookSecret, fetch, apiUrl: 'http://stripe.sandbox' })
  }

  async newPair(history: History): Promise<Pair> {
    const { fates, order } = history
    const network = { waiting: [], fates, dealt: 0, random: randomOf(order) }
    return { history, orderly: await this.#newTwin(null), disturbed: await this.#newTwin(network) }
  }

  async #newTwin(network: Twin['network']): Promise<Twin> {
    const account = await newAccount({ ctx: this.ctx })
    const nothing = { payments: [], subscriptions: [], refunds: [], disputes: [], inbox: [] }
    return { ...account, ...structuredClone(nothing), customer: null, network }
  }

  /** Performs an action for both twins and expects the same outcome. */
  async act({ orderly, disturbed }: Pair, action: Action): Promise<void> {
    // The outcome of a use depends on the events that have arrived, so both twins must have received the same ones.
    if (action.do === 'use') await this.#catchUp(disturbed)
    const expected = await this.#actOf(orderly, action)
    let found = await this.#actOf(disturbed, action)
    if (found !== expected && action.do === 'super') {
      // The disturbed ledger does not know yet that a subscription began or ended.
      await this.#catchUp(disturbed)
      found = await this.#actOf(disturbed, action)
    }
    if (found !== expected) throw new Error(`${JSON.stringify(action)}: ${expected}, but ${found}`)
  }

  async #actOf(twin: Twin, action: Action): Promise<'done' | 'refused' | 'nothing to do it to'> {
    try {
      return (await this.#do(twin, action)) ? 'done' : 'nothing to do it to'
    } catch (error) {
      const isRefused = error instanceof InvalidRequest || error instanceof InsufficientCredits
      if (isRefused || isStripeRefusal(error)) return 'refused'
      throw error
    }
  }

  async #do(twin: Twin, action: Action): Promise<boolean> {
    const { control } = this.sandbox
    const { user } = twin
    switch (action.do) {
      case 'nothing':
        return true
      case 'pack':
      case 'super': {
        const wanted = action.do === 'super' ? { plan: 'super' as const } : { pack: action.pack }
        const { sessionId } = await startCheckout(this.ctx, { user, ...wanted })
        await this.#meet(twin)
        control.payCheckout(sessionId, { outcome: action.outcome })
        return true
      }
      case 'use':
        await chargeUse(this.ctx, {
          user,
          operation: 'web.extract',
          usage: { pages: action.pages },
          idempotencyKey: newKey(),
          ...PLAIN,
        })
        return true
      case 'new card':
        if (twin.customer === null) return false
        control.setPaymentMethod(twin.customer, 'card')
        return true
      case 'cancel':
      case 'resume':
      case 'end':
        return this.#changePlan(twin, action.do)
      case 'refund': {
        const payment = pick(twin.payments, action.of)
        if (payment === null) return false
        control.setFaults({ refunds: action.isPending ? 'pending' : 'succeeded' })
        const part = Math.ceil((payment.amount * action.quarters) / 4)
        const refund = control.refund(
          { paymentIntent: payment.intent },
          action.quarters === 4 ? undefined : part,
        )
        twin.refunds.push(refund.id)
        return true
      }
      case 'settle refund': {
        const refund = pick(twin.refunds, action.of)
        if (refund !== null) control.settleRefund(refund, action.status)
        return refund !== null
      }
      case 'dispute': {
        const payment = pick(twin.payments, action.of)
        if (payment === null) return false
        const options = { inquiry: action.isInquiry }
        twin.disputes.push(control.openDispute({ paymentIntent: payment.intent }, options).id)
        return true
      }
      case 'move dispute': {
        const dispute = pick(twin.disputes, action.of)
        if (dispute !== null) control.moveDispute(dispute, action.step)
        return dispute !== null
      }
      default:
        return action satisfies never
    }
  }

  async #changePlan(twin: Twin, change: 'cancel' | 'resume' | 'end'): Promise<boolean> {
    const id = twin.subscriptions.at(-1)
    if (id === undefined) return false
    const work = (stripe: Stripe) =>
      change === 'end'
        ? stripe.subscriptions.cancel(id)
        : stripe.subscriptions.update(id, { cancel_at_period_end: change === 'cancel' })
    await withStripe(work)
    return true
  }

  /** Records a buyer's customer before Stripe reports anything about it. */
  async #meet(twin: Twin): Promise<void> {
    twin.customer ??= await findCustomer(this.ctx, twin.accountId)
    if (twin.customer !== null) this.#twins.set(twin.customer, twin)
  }

  /** Delivers the events that Stripe has sent since; the disturbed network treats each by its fate. */
  async deliver(pairs: Pair[]): Promise<void> {
    await this.#collect()
    const now = this.#clock.now().getTime()
    await Promise.all(
      pairs.flatMap(({ orderly, disturbed }) => [
        this.#receive(orderly, orderly.inbox.splice(0)),
        this.#deliverDue(disturbed, now),
      ]),
    )
  }

  /** Delivers every event that is still in transit. */
  async flush(pairs: Pair[]): Promise<void> {
    await Promise.all(pairs.map(({ disturbed }) => this.#catchUp(disturbed)))
  }

  #catchUp(twin: Twin): Promise<void> {
    return this.#deliverDue(twin, Number.POSITIVE_INFINITY)
  }

  async #deliverDue(twin: Twin, now: number): Promise<void> {
    const { network } = twin
    if (network === null) return
    const at = this.#clock.now().getTime()
    for (const letter of twin.inbox.splice(0)) {
      const fate = network.fates[network.dealt % network.fates.length]
      network.dealt += 1
      const { copies = 1, delayHours = 0, isDropped = false } = fate ?? {}
      for (let copy = 0; copy < copies; copy += 1) {
        // Only the first of several copies may be late: the others are its duplicates.
        const delay = copy === 0 ? delayHours * HOUR_MS : 0
        network.waiting.push({ ...letter, dueAt: at + delay, isDropped: isDropped && copies === 1 })
      }
    }
    const due = network.waiting.filter(({ dueAt }) => dueAt <= now)
    network.waiting = network.waiting.filter(({ dueAt }) => dueAt > now)
    const shuffled = due
      .map((letter) => ({ letter, place: network.random() }))
      .sort((left, right) => left.place - right.place)
      .map(({ letter }) => letter)
    await this.#receive(twin, shuffled)
  }

  async #receive(twin: Twin, letters: Letter[]): Promise<void> {
    for (const letter of letters) {
      // A dropped event was never received: Stripe is asked to send it again.
      const arrived = letter.isDropped ? await this.#resend(twin, letter) : letter
      await receiveEvent(this.ctx, arrived)
      await eventsApplied()
    }
  }

  async #resend(twin: Twin, letter: Letter): Promise<Letter> {
    const { control } = this.sandbox
    control.resend(letter.id)
    const pending = control.pendingEvents().find(({ event }) => event === letter.id)
    if (!pending) throw new Error(`${letter.id} was not sent again`)
    await control.deliver(pending.delivery)
    const index = this.#arrived.findIndex(({ payload }) => payload.includes(letter.id))
    const [again] = this.#arrived.splice(index, 1)
    if (!again) throw new Error(`${letter.id} did not arrive for ${twin.user}`)
    return { ...letter, ...again }
  }

  async #collect(): Promise<void> {
    await this.sandbox.control.deliverPending({ early: true })
    for (const { payload, signature } of this.#arrived.splice(0)) {
      const { id, type, data } = sent.parse(JSON.parse(payload))
      const { object } = data
      const twin = this.#ownerOf(object.customer ?? null, object.payment_intent ?? null)
      if (twin === null) continue
      if (type === 'charge.succeeded' && object.payment_intent)
        twin.payments.push({ intent: object.payment_intent, amount: object.amount ?? 0 })
      if (type === 'customer.subscription.created') twin.subscriptions.push(object.id)
      if (handled.has(type)) twin.inbox.push({ id, payload, signature, dueAt: 0, isDropped: false })
    }
  }

  #ownerOf(customer: string | null, intent: string | null): Twin | null {
    if (customer !== null) return this.#twins.get(customer) ?? null
    for (const twin of this.#twins.values())
      if (twin.payments.some((payment) => payment.intent === intent)) return twin
    return null
  }
}

/** Returns true if the sandbox or the library refused an action. Both twins get the same refusals. */
function isStripeRefusal(error: unknown): boolean {
  return (
    error instanceof Error &&
    ('type' in error || 'status' in error || / is (open|complete|expired)$/.test(error.message))
  )
}

function pick<T>(items: T[], index: number): T | null {
  return items.length === 0 ? null : (items[index % items.length] ?? null)
}

/** A small random generator per history, so that a history plays the same on its own and in a group. */
function randomOf(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
