import { setTimeout as delay } from 'node:timers/promises'
import type { z } from 'zod'
import { type AppTokenJson, appToken } from '@/lib/contract/account'
import {
  type ChargeJson,
  charge,
  type HoldJson,
  hold,
  type QuoteJson,
  quote,
  type UsageJson,
} from '@/lib/contract/metering'
import { anyProblem, PROBLEM_TYPE_PREFIX, type ProblemJson } from '@/lib/contract/problems'
import { tolerant } from './tolerant'

const quoteSchema = tolerant(quote)
const holdSchema = tolerant(hold)
const chargeSchema = tolerant(charge)
const tokenSchema = tolerant(appToken)
const problemSchema = tolerant(anyProblem)

/**
 * The payer: an app token that proves a user's consent, or a user named by this platform's key; and the run whose cap
 * applies.
 */
export type Payer = ({ appToken: string } | { user: string; app?: string }) & { run?: string }

type Use = { operation: string; usage: UsageJson }

/** The platform's own annotations on a hold or charge, visible to the payer but never to an app's creator. */
type Annotations = { reference?: string; metadata?: Record<string, string>; fingerprint?: string }

/** `replayed`: true if this is the stored answer to an earlier request with the same key. */
type Made<T> = { value: T; replayed: boolean }

/** The credits API calls that an AI runtime needs. Each may throw `CreditsRefusal`. */
export type CreditsClient = {
  quote(input: Payer & Use): Promise<QuoteJson>
  hold(input: Payer & Use & Annotations & { limit?: number }, key: string): Promise<Made<HoldJson>>
  getHold(id: string): Promise<HoldJson>
  /** `usage` covers the whole action, including what was held before. */
  extend(id: string, input: { usage?: UsageJson }, key: string): Promise<Made<HoldJson>>
  capture(id: string, usage: UsageJson, key: string): Promise<Made<ChargeJson>>
  release(id: string, key: string): Promise<Made<HoldJson>>
  charge(input: Payer & Use & Annotations, key: string): Promise<Made<ChargeJson>>
  getCharge(id: string): Promise<ChargeJson>
  /** Exchanges the consent page's code for an app token. A code works once. */
  exchangeCode(input: { code: string; codeVerifier: string; returnTo: string }): Promise<AppTokenJson>
}

/** Thrown if the credits system refuses; `problem` says why and what would help. */
export class CreditsRefusal extends Error {
  override readonly name = 'CreditsRefusal'
  constructor(readonly problem: ProblemJson) {
    super(`${problem.code}: ${problem.detail}`)
  }
}

/** One attempt and four retries bridge an outage of about seven seconds. */
const WAITS_MS = [250, 1_000, 2_000, 4_000]
/** The longest wait before an AI feature begins; after that, the feature is refused. */
const WAIT_MS_MAX = 5_000
const ANSWER_TIMEOUT_MS = 15_000
/** The outcome is unknown or the caller was rate limited: repeating the call with the same key is safe. */
const REPEATABLE = new Set<ProblemJson['code']>(['unavailable', 'rate_limited'])

type ClientOptions = {
  /** The API's URL, without `/api/v1`. */
  baseUrl: string
  /** A secret key; it never leaves this process. */
  key: string
  /** Delays before each retry when the answer carries no `Retry-After`. */
  waitsMs?: readonly number[]
}

type Answer = { status: number; headers: Headers; body: unknown }

/** A client of the credits API that retries safe failures with the same idempotency key, a bounded number of times. */
export function createCreditsClient({
  baseUrl,
  key: secret,
  waitsMs = WAITS_MS,
}: ClientOptions): CreditsClient {
  async function sendOnce(method: string, path: string, body: unknown, key?: string): Promise<Answer> {
    const headers: Record<string, string> = { authorization: `Bearer ${secret}` }
    if (body !== undefined) headers['content-type'] = 'application/json'
    if (key !== undefined) headers['idempotency-key'] = key
    const response = await fetch(`${baseUrl}/api/v1${path}`, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      // The caller's signal is deliberately ignored: a capture must go through even after the caller has left.
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : null }
  }

  async function send(method: string, path: string, body?: unknown, key?: string): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      const answer = await sendOnce(method, path, body, key).catch(() => null)
      if (answer !== null && answer.status < 400) return answer
      const problem = problemOf(answer)
      if (!REPEATABLE.has(problem.code) || tries > waitsMs.length) throw new CreditsRefusal(problem)
      await delay(askedMs(answer) ?? waitsMs[tries - 1])
    }
  }

  async function read<S extends z.ZodType>(schema: S, path: string): Promise<z.output<S>> {
    return schema.parse((await send('GET', path)).body)
  }

  async function make<S extends z.ZodType>(
    schema: S,
    path: string,
    body: unknown,
    key: string,
  ): Promise<Made<z.output<S>>> {
    const answer = await send('POST', path, body, key)
    return {
      value: schema.parse(answer.body),
      replayed: answer.headers.get('idempotent-replayed') === 'true',
    }
  }

  return {
    quote: async (input) => quoteSchema.parse((await send('POST', '/quotes', input)).body),
    hold: (input, key) => make(holdSchema, '/holds', input, key),
    getHold: (id) => read(holdSchema, `/holds/${encodeURIComponent(id)}`),
    extend: (id, input, key) => make(holdSchema, `/holds/${encodeURIComponent(id)}/extend`, input, key),
    capture: (id, usage, key) =>
      make(chargeSchema, `/holds/${encodeURIComponent(id)}/capture`, { usage }, key),
    release: (id, key) => make(holdSchema, `/holds/${encodeURIComponent(id)}/release`, {}, key),
    charge: (input, key) => make(chargeSchema, '/charges', input, key),
    getCharge: (id) => read(chargeSchema, `/charges/${encodeURIComponent(id)}`),
    exchangeCode: async (input) => tokenSchema.parse((await send('POST', '/connect/token', input)).body),
  }
}

/** The delay that `Retry-After` requests, capped. */
function askedMs(answer: Answer | null): number | null {
  const seconds = Number(answer?.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds * 1_000, 0), WAIT_MS_MAX) : null
}

/** Without an answer, or with one outside the contract, the credits system is unavailable and AI features are refused. */
const UNREACHABLE: ProblemJson = {
  type: `${PROBLEM_TYPE_PREFIX}unavailable`,
  title: 'Unavailable',
  status: 503,
  // This message can also appear in the middle of a run, when the work done so far is charged.
  detail: 'Credits cannot be checked right now. Try again in a moment.',
  code: 'unavailable',
  requestId: '',
}

function problemOf(answer: Answer | null): ProblemJson {
  const parsed = problemSchema.safeParse(answer?.body)
  return parsed.success ? parsed.data : UNREACHABLE
}
