import { hash } from 'node:crypto'
import Stripe from 'stripe'
import { type Env, getEnv } from '@/lib/env'
import { Unavailable } from '@/lib/errors'
import { logFailure } from '@/lib/http/log'
import { processState, setProcessState } from '@/lib/process-state'
import { knownStripeEndpoint, STRIPE_ENDPOINT, type StripeEndpoint } from './stripe-endpoint'

const CLIENTS = 'billing.stripe-clients'

/** Stripe usually answers within two seconds; a page must not hang longer than people wait. */
const TIMEOUT_MS = 10_000
/** The library retries network failures with the same idempotency key. */
const RETRIES_MAX = 2
const RETRY_AFTER_SECONDS = 5

/** Sets this process's Stripe for use if the environment names none. */
export function setStripeEndpoint(endpoint: StripeEndpoint): void {
  setProcessState(STRIPE_ENDPOINT, endpoint)
}

function stripeEndpoint(): StripeEndpoint {
  const endpoint = knownStripeEndpoint()
  if (endpoint) return endpoint
  throw new Unavailable(
    getEnv().hasBilling
      ? 'Payments are not set up here: set STRIPE_SECRET_KEY, or start with npm start.'
      : 'Billing is off here: nothing can be bought or paid for.',
  )
}

/** Returns true if this process uses its own Stripe because the environment names none and billing is on. */
export function needsLocalStripe(env: Env): boolean {
  return env.hasBilling && env.stripe.secretKey === null
}

function createClient({ secretKey, apiUrl, fetch }: StripeEndpoint): Stripe {
  const options = {
    timeout: TIMEOUT_MS,
    maxNetworkRetries: RETRIES_MAX,
    telemetry: false,
    ...(fetch && { httpClient: Stripe.createFetchHttpClient(fetch) }),
  }
  if (apiUrl === null) return new Stripe(secretKey, options)
  const { hostname, port, protocol } = new URL(apiUrl)
  const plain = protocol === 'http:'
  return new Stripe(secretKey, {
    ...options,
    host: hostname,
    port: port || (plain ? 80 : 443),
    protocol: plain ? 'http' : 'https',
  })
}

function client(): Stripe {
  const endpoint = stripeEndpoint()
  const clients = processState(CLIENTS, () => new Map<string, Stripe>())
  const name = `${endpoint.apiUrl} ${endpoint.secretKey}`
  const made = clients.get(name) ?? createClient(endpoint)
  clients.set(name, made)
  return made
}

/** The secret that signs webhooks. Throws `Unavailable` if none is set. */
export function webhookSecret(): string {
  const { webhookSecret } = stripeEndpoint()
  if (webhookSecret === null) throw new Unavailable('STRIPE_WEBHOOK_SECRET is not set.')
  return webhookSecret
}

/**
 * Calls Stripe. If Stripe cannot answer, throws `Unavailable` with a message for the waiting person. A refused request
 * is our defect, and its error is thrown unchanged.
 */
export async function withStripe<T>(ask: (stripe: Stripe) => Promise<T>): Promise<T> {
  try {
    return await ask(client())
  } catch (error) {
    throw isAbsence(error) ? unavailable(error) : error
  }
}

function isAbsence(error: unknown): boolean {
  return (
    error instanceof Stripe.errors.StripeConnectionError ||
    error instanceof Stripe.errors.StripeAPIError ||
    error instanceof Stripe.errors.StripeRateLimitError ||
    error instanceof Stripe.errors.StripeAuthenticationError ||
    error instanceof Stripe.errors.StripePermissionError
  )
}

function unavailable(error: unknown): Unavailable {
  logFailure(error, { requestId: 'none', route: 'stripe' })
  return new Unavailable(
    'Payments cannot be reached right now. Nothing was bought or changed; try again in a moment.',
    RETRY_AFTER_SECONDS,
  )
}

/** Returns true if Stripe reports that an object does not exist; with `param`, only if that parameter named the object. */
export function isMissing(error: unknown, param?: string): boolean {
  if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) return false
  return error.code === 'resource_missing' && (param === undefined || error.param === param)
}

/** Returns true if Stripe reports that an object with this id already exists. */
export function isTaken(error: unknown): boolean {
  return error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'resource_already_exists'
}

/**
 * Returns true if Stripe refuses a currency because the customer pays in another one. Stripe's error has no code for
 * this.
 */
export function isOtherCurrency(error: unknown): boolean {
  return (
    error instanceof Stripe.errors.StripeInvalidRequestError &&
    error.message.startsWith('You cannot combine currencies')
  )
}

/**
 * The idempotency key for a call that is made once for `purpose`. It includes the parameters, because Stripe refuses a
 * key that is repeated with different ones.
 */
export function stripeKey(purpose: string, params: object): string {
  return `${purpose}:${hash('sha256', JSON.stringify(params)).slice(0, 32)}`
}

/** The id of an object that Stripe returns either as an id or expanded. */
export function idOf(value: string | { id: string } | null | undefined): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'string' ? value : value.id
}

export function dateOf(seconds: number): Date {
  return new Date(seconds * 1_000)
}
