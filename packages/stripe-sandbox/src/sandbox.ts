import { Hono } from 'hono'
import { createControl, newSecrets, type SandboxControl } from './control'
import { controlRoutes } from './control-routes'
import { newAccount } from './core/account'
import { TestClock, type TimeSource } from './core/clock'
import { Courier, type WebhookFetch } from './core/delivery'
import { emitEvent } from './core/emit'
import { noFaults } from './core/faults'
import { mountApi } from './core/http'
import { keptRows, restoreStore, type Snapshot } from './core/snapshot'
import { createStore } from './core/store'
import type { Settings, World } from './core/world'
import { notice } from './pages/layout'
import { mountPages } from './pages/routes'

export type SandboxOptions = {
  /** The base URL of the hosted pages, used in links. */
  baseUrl?: string
  secretKey?: string
  webhookSecret?: string
  /** Receives every event, signed with `webhookSecret`. The API can create more endpoints. */
  webhookUrl?: string
  /** `manual`: events are sent only through the control object. */
  deliver?: 'auto' | 'manual'
  /** Sends webhooks. A test can pass its own handler and needs no network. */
  webhookFetch?: WebhookFetch
  /** The source of time before any advance; defaults to the system clock. */
  clock?: TimeSource
  /** Updates `clock`. It is awaited when another process reports that time has moved. */
  syncClock?: () => Promise<unknown>
  /** The time in webhook signatures; defaults to real time, as in Stripe. */
  signatureClock?: TimeSource
  accountName?: string
  /** How long a bank debit takes; defaults to 120 seconds. */
  asyncPaymentSeconds?: number
}

export type StripeSandbox = {
  app: Hono
  control: SandboxControl
  secretKey: string
  webhookSecret: string
  /** Calls the sandbox in the same process; for `Stripe.createFetchHttpClient`. */
  fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>
  setBaseUrl(url: string): void
  snapshot(): Snapshot
  restore(snapshot: Snapshot): void
  /** Called after every change of the persistent state. */
  onChange(listener: () => void): void
}

const DEFAULT_URL = 'http://stripe.sandbox'
/** How long the checkout page waits for deliveries before it redirects the buyer; Stripe waits ten seconds. */
const WAIT_FOR_WEBHOOKS_MS = 10_000
const ASYNC_PAYMENT_SECONDS = 120

function within(milliseconds: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    void work.finally(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** A Stripe account in memory: the API under `/v1`, the hosted pages and the `/_sandbox` controls. */
export function createStripeSandbox(options: SandboxOptions = {}): StripeSandbox {
  const fresh = newSecrets()
  const secretKey = options.secretKey ?? fresh.secretKey
  const webhookSecret = options.webhookSecret ?? fresh.webhookSecret
  const system: TimeSource = { now: () => new Date() }
  const clock = new TestClock(options.clock ?? system)
  const settings: Settings = {
    baseUrl: options.baseUrl ?? DEFAULT_URL,
    accountName: options.accountName ?? 'AI credits',
    secretKey,
  }
  const world: World = {
    store: createStore(),
    settings,
    faults: noFaults(),
    account: newAccount(options.asyncPaymentSeconds ?? ASYNC_PAYMENT_SECONDS),
    request: null,
    now: () => clock.seconds(),
    emit: (type, object, previous) => emitEvent(world, type, object, previous),
  }
  const listeners: Array<() => void> = []
  const saved = () => {
    for (const listener of listeners) listener()
  }
  const courier = new Courier(world, {
    mode: options.deliver ?? 'auto',
    fetch: options.webhookFetch ?? ((url, init) => fetch(url, init)),
    signatureNow: () => (options.signatureClock ?? system).now(),
    onChange: saved,
  })
  const changed = () => {
    courier.wake()
    saved()
  }
  const waiting = new Set<() => void>()
  const released = () => {
    for (const release of waiting) release()
    waiting.clear()
  }
  const control = createControl({ world, clock, courier, webhookSecret, changed, released })
  if (options.webhookUrl !== undefined) control.setWebhookUrl(options.webhookUrl)

  const app = new Hono()
  const before = () => {
    if (clock.settle(world)) changed()
  }
  mountApi(app, world, {
    before,
    after: changed,
    untilAnswering: (signal) =>
      new Promise((resolve) => {
        waiting.add(resolve)
        signal.addEventListener('abort', () => resolve())
      }),
  })
  mountPages(app, world, {
    before,
    after: async () => {
      changed()
      if (courier.mode === 'auto') await within(WAIT_FOR_WEBHOOKS_MS, courier.drain())
    },
  })
  app.route('/_sandbox', controlRoutes(control, options.syncClock))
  app.notFound((c) => c.html(notice('Not found', 'The sandbox has no such page.'), 404))

  return {
    app,
    control,
    secretKey,
    webhookSecret,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const response = await app.fetch(request)
      request.signal.throwIfAborted()
      return response
    },
    setBaseUrl: (url) => {
      settings.baseUrl = url
    },
    snapshot: () => ({
      version: 2,
      baseUrl: settings.baseUrl,
      offsetMs: clock.offsetMs,
      secretKey,
      webhookSecret,
      account: world.account,
      store: keptRows(world.store),
    }),
    restore: (snapshot) => {
      restoreStore(world.store, snapshot.store)
      world.account = snapshot.account
      clock.restore(snapshot.offsetMs)
      if (options.webhookUrl !== undefined) control.setWebhookUrl(options.webhookUrl)
    },
    onChange: (listener) => void listeners.push(listener),
  }
}
