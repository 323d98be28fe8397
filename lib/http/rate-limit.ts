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
/** Somebody who asks again because a mail is late, not somebody who fills another person's inbox. */
const MAILS_PER_HOUR = 6
/** A count that has not come by then is made in memory: the limiter must not be what a request waits for. */
const STORE_TIMEOUT_MS = 500
const TABLE = 'rate_limits'

/**
 * What is counted, for whom. `key` guards the process, so every process counts its own, whichever store: a shared row
 * per key would be written with every charge. The others guard people and addresses, and are shared where several
 * processes run.
 */
const RULES = {
  /** Requests with one secret key. */
  key: { points: (limits) => limits.keyPerSecond, seconds: 1, isShared: false },
  /** Requests and forms of one person, by session. */
  user: { points: (limits) => limits.userPerMinute, seconds: MINUTE_SECONDS, isShared: true },
  /** Requests with the tokens of one person in one app: an app that asks too often must not keep them from ending it. */
  appToken: { points: (limits) => limits.userPerMinute, seconds: MINUTE_SECONDS, isShared: true },
  /** Pages, public routes and refused credentials from one address. */
  address: { points: (limits) => limits.addressPerMinute, seconds: MINUTE_SECONDS, isShared: true },
  /** Attempts to sign in from one address: asking for a mail, opening a link, a provider's or a demo person's button. */
  signIn: { points: (limits) => limits.signInPerMinute, seconds: MINUTE_SECONDS, isShared: true },
  /** Mails to one e-mail address, whoever asks for them. */
  mail: { points: () => MAILS_PER_HOUR, seconds: HOUR_SECONDS, isShared: true },
  /** Checkouts, portals and sign-in links opened for one person: each costs calls of Stripe, or is a way in. */
  checkout: { points: (limits) => limits.checkoutPerMinute, seconds: MINUTE_SECONDS, isShared: true },
} as const satisfies Record<
  string,
  { points: (limits: RateLimitSettings) => number; seconds: number; isShared: boolean }
>

export type LimitName = keyof typeof RULES

type Limiter = Pick<RateLimiterMemory, 'consume'>
/** `over`: who was refused, and until when; so that they can be refused before anything is looked up for them. */
type Limiters = Record<LimitName, Limiter> & { over: LRUCache<string, number> }

/** As many addresses as a process remembers to be over their limit; the rest are counted with each request. */
const OVER_MAX = 10_000

/** The name under which the process keeps its limiters; null in it means that nothing is limited. */
export const LIMITERS = 'http.limiters'

/** A limiter for each rule. `pool` is asked for only where the counts are kept in the database. */
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

/** Counts in the database; while it cannot be asked, in this process alone: nobody is refused for want of a count. */
function sharedLimiter(pool: Pool, options: Options, insuranceLimiter: RateLimiterMemory): Limiter {
  const limiter = new RateLimiterPostgres({
    ...options,
    storeClient: pool,
    storeType: 'pool',
    tableName: TABLE,
    // By a migration. The library would otherwise create it with its first use.
    tableCreated: true,
    // Whoever is over the limit is refused without asking the database again.
    inMemoryBlockOnConsumed: options.points + 1,
    insuranceLimiter,
  })
  return new RLWrapperTimeouts({ limiter, timeoutMs: STORE_TIMEOUT_MS, insuranceLimiter })
}

/** Counts one request of `subject`. Throws `RateLimited` when it is one too many. */
export async function countRequest(name: LimitName, subject: string): Promise<void> {
  const limiters = limitersOfProcess()
  if (limiters === null) return
  try {
    await limiters[name].consume(subject)
  } catch (refusal) {
    // Anything but a refusal is trouble of the limiter's own. The ledger stays closed by itself; requests go on.
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

/** Throws `RateLimited` for an address that was refused a moment ago and would be again. Counts nothing and asks nobody. */
export function refuseOver(name: 'address' | 'signIn', address: string | null): void {
  const until = limitersOfProcess()?.over.get(`${name} ${address}`)
  if (until !== undefined && until > Date.now()) throw refusalFor(until - Date.now())
}

/** As `countRequest`, for an address of the network; null, one that nobody can tell, is not limited. */
export async function countAddress(name: 'address' | 'signIn', address: string | null): Promise<void> {
  if (address !== null) await countRequest(name, address)
}

/** As `countRequest`, for a mail to `email`, which is not kept where counts are. Written as next-auth will send it. */
export async function countMail(email: string): Promise<void> {
  const [name = '', domain = ''] = email.trim().toLowerCase().split('@')
  await countRequest('mail', hash('sha256', `${name}@${domain.split(',')[0]}`, 'hex'))
}
