import { LRUCache } from 'lru-cache'
import { MINUTE_MS } from '@/lib/clock'
import type { ChargeJson, HoldJson, UsageJson } from '@/lib/contract/metering'
import { processState } from '@/lib/process-state'
import { type CreditsClient, CreditsRefusal, type Payer } from './credits-client'
import type { Due, Emit, Run } from './events'
import { fingerprintOf } from './tokens'

/** The options of every run besides its request. */
type ActionFields = {
  payer: Payer
  /**
   * Identifies one press of a button, 1 to 200 printable ASCII characters. Repeating a run with the same action and request
   * joins it or returns its result; it never charges twice.
   */
  action: string
  /** The maximum cost of this action, in credits. */
  limit?: number | undefined
  /** The caller's own reference (default: the action). */
  reference?: string | undefined
  metadata?: Record<string, string> | undefined
  /** Aborts when the caller leaves or cancels; the usage so far is charged. */
  signal?: AbortSignal | undefined
}
export type Action<Fields = unknown> = ActionFields & Fields

export type Reserved = { hold: HoldJson; keys: Keys }
type Keys = { capture: string; release: string; extend(usage: UsageJson): string }

/** Each released hold of an action allows a new attempt; no one needs more than this many. */
const ATTEMPTS_MAX = 20

/** The runs of this process by hold, so that a repeat joins the run in progress. */
function runsByHold(): LRUCache<string, Run> {
  return processState(
    'ai-runs',
    () => new LRUCache<string, Run>({ max: 50, ttl: 10 * MINUTE_MS, ttlAutopurge: false }),
  )
}

type Wanted = { operation: string; usage: UsageJson; request: unknown }

/**
 * Holds the credits that an action may cost. Returns null if there is nothing left to do because the action was refused, is
 * running or was done before; the corresponding events have been emitted.
 */
export async function reserve(
  credits: CreditsClient,
  action: Action,
  wanted: Wanted,
  emit: Emit,
  self: Run,
): Promise<Reserved | null> {
  try {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const found = await attemptHold(credits, action, wanted, attempt)
      if (found === null) continue
      const { hold, keys, isDone } = found
      const earlier = runsByHold().get(hold.id)
      if (earlier) {
        await tellAgain(credits, earlier, emit)
        return null
      }
      if (isDone) {
        await tellDone(credits, found, wanted.usage, emit)
        return null
      }
      runsByHold().set(hold.id, self)
      emit({ type: 'started', hold: hold.id, reserved: hold.amount })
      return { hold, keys }
    }
    emit({
      type: 'failed',
      reason: 'model',
      message: 'This was tried too many times. Start again.',
      charged: false,
    })
  } catch (error) {
    if (!(error instanceof CreditsRefusal)) throw error
    emit({ type: 'refused', problem: error.problem })
  }
  return null
}

type Attempt = Reserved & { isDone: boolean }

/** Returns null if this attempt was abandoned and released earlier. */
async function attemptHold(
  credits: CreditsClient,
  action: Action,
  { operation, usage, request }: Wanted,
  attempt: number,
): Promise<Attempt | null> {
  const prefix = `${action.action}#${attempt}`
  const { value, replayed } = await credits.hold(
    {
      ...action.payer,
      operation,
      usage,
      reference: action.reference ?? action.action,
      fingerprint: fingerprintOf([operation, request]),
      ...(action.limit === undefined ? {} : { limit: action.limit }),
      ...(action.metadata === undefined ? {} : { metadata: action.metadata }),
    },
    `${prefix} hold`,
  )
  // A replayed answer shows the hold as first made, so its current status is read.
  const hold = replayed ? await credits.getHold(value.id) : value
  if (hold.status === 'released') return null
  const keys: Keys = {
    capture: `${prefix} capture`,
    release: `${prefix} release`,
    extend: (usage) => `${prefix} extend ${fingerprintOf(usage).slice(0, 16)}`,
  }
  // A hold left open, or expired since, is reused: capturing it takes effect once, even late.
  return { hold, keys, isDone: hold.status === 'captured' }
}

/** Retries the capture that could not be confirmed before. */
async function tellAgain(credits: CreditsClient, earlier: Run, emit: Emit): Promise<void> {
  for await (const event of earlier.events)
    if (event.type === 'failed' && event.due !== undefined)
      await charge(credits, event.due, { interrupted: false }, emit)
    else emit(event)
}

/** The result is no longer kept here, but the credits system always has the receipt. */
async function tellDone(credits: CreditsClient, done: Reserved, usage: UsageJson, emit: Emit): Promise<void> {
  const receipt = await confirmedCharge(credits, dueOf(done, usage))
  emit({ type: 'receipt', charge: receipt, interrupted: false })
  emit({
    type: 'failed',
    reason: 'done_before',
    message: 'This was already done and charged, but its result is no longer here.',
    charged: true,
  })
}

/** Charges the usage once. If this action was already charged for a different usage, that charge stands. */
async function confirmedCharge(
  credits: CreditsClient,
  { hold, usage, captureKey }: Due,
): Promise<ChargeJson> {
  try {
    return (await credits.capture(hold, usage, captureKey)).value
  } catch (error) {
    if (!(error instanceof CreditsRefusal) || error.problem.code !== 'idempotency_conflict') throw error
    return credits.getCharge(error.problem.existing)
  }
}

function dueOf({ hold, keys }: Reserved, usage: UsageJson): Due {
  return { hold: hold.id, usage, captureKey: keys.capture }
}

/** Charges the usage and emits the receipt. Returns false, and emits the failure, if the charge could not be confirmed. */
export function captureUsage(
  credits: CreditsClient,
  reserved: Reserved,
  { usage, interrupted }: { usage: UsageJson; interrupted: boolean },
  emit: Emit,
): Promise<boolean> {
  return charge(credits, dueOf(reserved, usage), { interrupted }, emit)
}

async function charge(
  credits: CreditsClient,
  due: Due,
  { interrupted }: { interrupted: boolean },
  emit: Emit,
): Promise<boolean> {
  try {
    emit({ type: 'receipt', charge: await confirmedCharge(credits, due), interrupted })
    return true
  } catch (error) {
    if (!(error instanceof CreditsRefusal)) throw error
    console.error(`capture of ${due.hold} could not be confirmed: ${error.message}`)
    emit({
      type: 'failed',
      reason: 'unconfirmed',
      message: 'Your result is here, but its charge could not be confirmed yet.',
      charged: false,
      due,
    })
    return false
  }
}

/**
 * Repeats a capture that could not be confirmed. Returns `later` if it still fails, `never` if the hold can no longer be
 * captured.
 */
export async function repeatCapture(
  credits: CreditsClient,
  due: Due,
): Promise<ChargeJson | 'later' | 'never'> {
  try {
    return await confirmedCharge(credits, due)
  } catch (error) {
    if (!(error instanceof CreditsRefusal)) throw error
    return error.problem.code === 'hold_closed' ? 'never' : 'later'
  }
}

/** Releases the hold. If that fails, the hold expires on its own. */
export async function releaseHold(credits: CreditsClient, { hold, keys }: Reserved): Promise<void> {
  runsByHold().delete(hold.id)
  await credits.release(hold.id, keys.release).catch((error: unknown) => {
    console.error(`release of ${hold.id} failed: ${error instanceof Error ? error.message : error}`)
  })
}
