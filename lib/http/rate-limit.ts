import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Pool } from 'pg'
import {
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRes,
  RLWrapperTimeouts,
} from 'rate-limiter-flexible'
import { getPool } from '@/lib/db/pool'
import { getEnv, type RateLimitSettings } from '@/lib/env'
import { RateLimited } from '@/lib/errors'
import { processState } from '@/lib/process-state'

const MINUTE_SECONDS = 60
const HOUR_SECONDS = 60 * MINUTE_SECONDS
/** Enough for someone whose e-mail is late, but too few to fill another person's inbox. */
const MAILS_PER_HOUR = 6
/** After this delay the request is counted in memory, so that no request waits for the limiter. */
const STORE_TIMEOUT_MS = 500
const TABLE = 'rate_limits'

/**
 * The rules of the rate limiter. `key` protects the process, so each process always counts in memory: otherwise every
 * charge would write a shared row. The other rules protect people and addresses and are shared between processes.
 */
const RULES = {
  /** Requests with one secret key. */
  key: { points: (limits) => limits.keyPerSecond, seconds: 1, isShared: false },
  /** Requests and forms of one person, by session. */
  user: { points: (limits) => limits.userPerMinute, seconds: MINUTE_SECONDS, isShared: true },
  /** Requests with one person's tokens in one app, so that a busy app cannot keep the person from revoking it. */
  appToken: { points: (limits) => limits.userPerMinute, seconds: MINUTE_SECONDS, isShared: true },
  /** Pages, public routes and refused credentials from one address. */
  address: { points: (limits) => limits.addressPerMinute, seconds: MINUTE_SECONDS, isShared: true },
  /**
   * Sign-in attempts from one address: requesting an e-mail, opening a link, using a provider or signing in as a demo
   * person.
   */
  signIn: { points: (limits) => limits.signInPerMinute, seconds: MINUTE_SECONDS, isShared: true },
  /** E-mails to one address, whoever requests them. */
  mail: { points: () => MAILS_PER_HOUR, seconds: HOUR_SECONDS, isShared: true },
  /**
   * Checkouts, portals and sign-in links opened for one person, because each calls Stripe or gives access to an account.
   */
  checkout: { points: (limits) => limits.checkoutPerMinute, seconds: MINUTE_SECONDS, isShared: true },
} as const satisfies Record<
  string,
  { points: (limits: RateLimitSettings) => number; seconds: number; isShared: boolean }
>

export type LimitName = keyof typeof RULES

type Limiter = Pick<RateLimiterMemory, 'consume'>
/** `over`: the refused subjects and the end of each refusal, so that they are refused before any look-up. */
type Limiters = Record<LimitName, Limiter> & { over: LRUCache<string, number> }

/** The number of refused addresses that a process remembers; any others are counted with each request. */
const OVER_MAX = 10_000

/** The limiters' key in the process state, where null means that limits are off. */
export const LIMITERS = 'http.limiters'

/** Creates a limiter for each rule. `pool` is used only if counts are kept in the database. */
export function createLimiters(limits: RateLimitSettings | null, pool: () => Pool): Limiters | null {
  if (limits === null) return null
  const create = (name: LimitName): Limiter => {
    const { points, seconds, isShared } = RULES[name]
    const options = { keyPrefix: name, points: points(limits), duration: seconds }
    const memory = new RateLimiterMemory(options)
    return isShared && limits.store === 'postgres' ? sharedLimiter(pool(), options, memory) : memory
  }
  return {
    key: create('key'),
    user: create('user'),
    appToken: create('appToken'),
    address: create('address'),
    signIn: create('signIn'),
    mail: create('mail'),
    checkout: create('checkout'),
    over: new LRUCache({ max: OVER_MAX }),
  }
}

type Options = { keyPrefix: string; points: number; duration: number }

/** Counts in the database, or in this process while the database is unavailable: an outage must not cause refusals. */
function sharedLimiter(pool: Pool, options: Options, insuranceLimiter: RateLimiterMemory): Limiter {
  const limiter = new RateLimiterPostgres({
    ...options,
    storeClient: pool,
    storeType: 'pool',
    tableName: TABLE,
    // A migration creates the table, so the library must not create it at first use.
    tableCreated: true,
    // A subject over its limit is refused without asking the database again.
    inMemoryBlockOnConsumed: options.points + 1,
    insuranceLimiter,
  })
  return new RLWrapperTimeouts({ limiter, timeoutMs: STORE_TIMEOUT_MS, insuranceLimiter })
}

/** Counts one request of `subject`. Throws `RateLimited` above the limit. */
export async function countRequest(name: LimitName, subject: string): Promise<void> {
  const limiters = limitersOfProcess()
  if (limiters === null) return
  try {
    await limiters[name].consume(subject)
  } catch (refusal) {
    // Any other error is a failure of the limiter itself. Requests continue, because the ledger fails closed on its own.
    if (!(refusal instanceof RateLimiterRes)) return
    limiters.over.set(`${name} ${subject}`, Date.now() + refusal.msBeforeNext)
    throw refusalFor(refusal.msBeforeNext)
  }
}

function limitersOfProcess(): Limiters | null {
  return processState(LIMITERS, () => createLimiters(getEnv().rateLimit, getPool))
}

function refusalFor(milliseconds: number): RateLimited {
  return new RateLimited(Math.max(1, Math.ceil(milliseconds / 1_000)))
}

/** Throws `RateLimited` for an address that is still being refused. Counts nothing and makes no look-up. */
export function refuseOver(name: 'address' | 'signIn', address: string | null): void {
  const until = limitersOfProcess()?.over.get(`${name} ${address}`)
  if (until !== undefined && until > Date.now()) throw refusalFor(until - Date.now())
}

/** Like `countRequest`, for a network address. Null, for an unknown address, is not limited. */
export async function countAddress(name: 'address' | 'signIn', address: string | null): Promise<void> {
  if (address !== null) await countRequest(name, address)
}

/** Like `countRequest`, for an e-mail to `email`, stored as a hash. Normalised as next-auth will send it. */
export async function countMail(email: string): Promise<void> {
  const [name = '', domain = ''] = email.trim().toLowerCase().split('@')
  await countRequest('mail', hash('sha256', `${name}@${domain.split(',')[0]}`, 'hex'))
}
