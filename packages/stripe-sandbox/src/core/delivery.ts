import Stripe from 'stripe'
import { chooses, nextRandom } from './faults'
import { stripeId } from './ids'
import { DAY, HOUR, MINUTE } from './periods'
import type { Delivery } from './store'
import type { World } from './world'

/** Seconds until a failed delivery is retried, which grow as in Stripe. There are no retries after three days. */
const BACKOFF_SECONDS = [10, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR]
const GIVE_UP_SECONDS = 3 * DAY
const BACKOFF_MAX_SECONDS = 12 * HOUR
const ANSWER_TIMEOUT_MS = 10_000

export type DeliveryResult = {
  event: string
  type: string
  endpoint: string
  attempt: number
  /** The endpoint's HTTP status; null if it could not be reached. */
  status: number | null
  delivered: boolean
}

export type WebhookFetch = (url: string, init: RequestInit) => Promise<Response>

type DeliveryOptions = {
  mode: 'auto' | 'manual'
  fetch: WebhookFetch
  /** The real time, used in signatures. Stripe signs with real time even if a test clock is ahead. */
  signatureNow: () => Date
  onChange: () => void
}

/** Queues an event for every endpoint that subscribes to it, subject to the faults. */
export function enqueue(world: World, event: Stripe.EventBase): void {
  const { faults, store } = world
  const endpoints = store.webhookEndpoints
    .all()
    .filter(({ enabled_events }) => enabled_events.includes('*') || enabled_events.includes(event.type))
  event.pending_webhooks = endpoints.length
  const dropped = chooses(faults.drop, event.type)
  for (const endpoint of endpoints) {
    for (let copies = 0; copies <= faults.duplicate; copies += 1) {
      const delivery: Delivery = {
        id: stripeId('whd'),
        event: event.id,
        endpoint: endpoint.id,
        attempt: 1,
        notBefore: world.now() + faults.delaySeconds,
      }
      if (dropped) store.dropped.put(delivery)
      else store.deliveries.put(delivery)
    }
  }
}

/** Sends queued deliveries one at a time, so that they arrive in the order the faults define. */
export class Courier {
  readonly #world: World
  readonly #options: DeliveryOptions
  #pumping: Promise<void> | null = null

  constructor(world: World, options: DeliveryOptions) {
    this.#world = world
    this.#options = options
  }

  get mode(): 'auto' | 'manual' {
    return this.#options.mode
  }

  /** The deliveries that can be sent now. `early` includes delayed deliveries and those waiting for a retry. */
  waiting(early = false): Delivery[] {
    return this.#world.store.deliveries
      .all()
      .filter(({ notBefore }) => early || notBefore <= this.#world.now())
  }

  nextAttemptAt(): number | null {
    const times = this.#world.store.deliveries.all().map(({ notBefore }) => notBefore)
    return times.length === 0 ? null : Math.min(...times)
  }

  #pick(candidates: Delivery[]): Delivery | undefined {
    const { faults } = this.#world
    if (faults.order === 'reverse') return candidates.at(-1)
    if (faults.order === 'shuffle') return candidates[Math.floor(nextRandom(faults) * candidates.length)]
    return candidates[0]
  }

  /** Automatic mode: starts sending in the background. */
  wake(): void {
    if (this.mode === 'auto') void this.drain()
  }

  /** Sends all due deliveries, including those that become due in the meantime. */
  drain(): Promise<void> {
    this.#pumping ??= this.#pump()
    return this.#pumping
  }

  async #pump(): Promise<void> {
    try {
      // The call that caused the event is answered first.
      await new Promise((resolve) => setImmediate(resolve))
      for (;;) {
        const next = this.#pick(this.waiting())
        if (next === undefined) return
        await this.attempt(next)
      }
    } finally {
      this.#pumping = null
    }
  }

  /** Sends each waiting delivery once, in the order the faults define. Failed deliveries wait for the next call. */
  async deliverOnce(early: boolean): Promise<DeliveryResult[]> {
    const round = this.waiting(early)
    const results: DeliveryResult[] = []
    while (round.length > 0) {
      const next = this.#pick(round)
      if (next === undefined) break
      round.splice(round.indexOf(next), 1)
      results.push(await this.attempt(next))
    }
    return results
  }

  async attempt(delivery: Delivery): Promise<DeliveryResult> {
    const { store } = this.#world
    const event = store.events.get(delivery.event)
    const endpoint = store.webhookEndpoints.get(delivery.endpoint)
    store.deliveries.delete(delivery.id)
    const result: DeliveryResult = {
      event: delivery.event,
      type: event?.type ?? 'unknown',
      endpoint: endpoint?.url ?? delivery.endpoint,
      attempt: delivery.attempt,
      status: null,
      delivered: false,
    }
    if (event === undefined || endpoint === undefined) return result
    result.status = await this.#send(endpoint, event)
    result.delivered = result.status !== null && result.status >= 200 && result.status < 300
    if (result.delivered) event.pending_webhooks = Math.max(0, event.pending_webhooks - 1)
    else this.#retry(delivery, event)
    this.#options.onChange()
    return result
  }

  async #send(endpoint: Stripe.WebhookEndpoint, event: Stripe.EventBase): Promise<number | null> {
    const body = JSON.stringify(event, null, 2)
    const signature = Stripe.webhooks.generateTestHeaderString({
      payload: body,
      secret: endpoint.secret ?? '',
      timestamp: Math.floor(this.#options.signatureNow().getTime() / 1000),
    })
    try {
      const response = await this.#options.fetch(endpoint.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'stripe-signature': signature,
          'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      })
      await response.body?.cancel()
      return response.status
    } catch {
      return null
    }
  }

  #retry(delivery: Delivery, event: Stripe.EventBase): void {
    const now = this.#world.now()
    if (now - event.created > GIVE_UP_SECONDS) return
    const wait = BACKOFF_SECONDS[delivery.attempt - 1] ?? BACKOFF_MAX_SECONDS
    this.#world.store.deliveries.put({
      ...delivery,
      attempt: delivery.attempt + 1,
      // In manual mode, the caller of `deliver` decides when to retry.
      notBefore: this.mode === 'manual' ? now : now + wait,
    })
  }

  /** Queues dropped deliveries, or an event that was already sent, again. No further faults apply to them. */
  resend(eventId?: string): number {
    const { store } = this.#world
    const now = this.#world.now()
    const lost = store.dropped.all().filter(({ event }) => eventId === undefined || event === eventId)
    for (const delivery of lost) {
      store.dropped.delete(delivery.id)
      store.deliveries.put({ ...delivery, notBefore: now })
    }
    const event = eventId === undefined ? undefined : store.events.get(eventId)
    if (lost.length > 0 || event === undefined) return lost.length
    const endpoints = store.webhookEndpoints.all()
    for (const endpoint of endpoints) {
      const id = stripeId('whd')
      store.deliveries.put({ id, event: event.id, endpoint: endpoint.id, attempt: 1, notBefore: now })
    }
    return endpoints.length
  }
}
