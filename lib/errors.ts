import type { Millicredits } from './millicredits'

/** A way out of a refusal, offered only if taking it would make this very request succeed (docs/api.md, "Errors"). */
export type RefusalOption = {
  kind: 'upgrade' | 'pack' | 'wait' | 'budget' | 'raise' | 'resume' | 'cheaper_operation'
  label: string
  href?: string
  operation?: string
}

export type FieldError = { readonly path: string; readonly message: string }

/** The base of every error reported to callers. `lib/http/problem.ts` maps each to one HTTP answer. */
export abstract class DomainError extends Error {
  abstract readonly code: string
  constructor(message: string) {
    super(message)
    this.name = new.target.name
  }
}

/** A field is invalid; nothing was changed. */
export class InvalidRequest extends DomainError {
  readonly code = 'invalid_request'
  constructor(readonly errors: FieldError[]) {
    super(errors.map((error) => (error.path ? `${error.path}: ${error.message}` : error.message)).join('; '))
  }
  static at(path: string, message: string): InvalidRequest {
    return new InvalidRequest([{ path, message }])
  }
}

export class InvalidJson extends DomainError {
  readonly code = 'invalid_json'
  constructor() {
    super('The body is not valid JSON.')
  }
}

export class Unauthenticated extends DomainError {
  readonly code = 'unauthenticated'
  constructor(message = 'Sign in, or send a valid secret key.') {
    super(message)
  }
}

export class Forbidden extends DomainError {
  readonly code = 'forbidden'
  constructor(message = 'These credentials do not allow this.') {
    super(message)
  }
}

/** The object does not exist or is not visible to the caller; the answer does not distinguish the two. */
export class NotFound extends DomainError {
  readonly code = 'not_found'
  constructor(readonly what: string) {
    super(`No such ${what}.`)
  }
}

/** The balance does not cover the request. Nothing was charged. */
export class InsufficientCredits extends DomainError {
  readonly code = 'insufficient_credits'
  options: RefusalOption[] = []
  constructor(readonly facts: { required: Millicredits; available: Millicredits; resetsAt: Date | null }) {
    super('Not enough credits for this operation.')
  }
  get shortfall(): Millicredits {
    return (this.facts.required - this.facts.available) as Millicredits
  }
}

/** The payer's budget for this app does not cover the request. Nothing was charged. */
export class BudgetExceeded extends DomainError {
  readonly code = 'budget_exceeded'
  options: RefusalOption[] = []
  constructor(
    readonly facts: {
      required: Millicredits
      budget: Millicredits
      used: Millicredits
      resetsAt: Date | null
    },
  ) {
    super('This would go over the monthly budget set for this app.')
  }
}

/** A limit of the payer or the cap of a run does not cover the request. Nothing was charged. */
export class LimitReached extends DomainError {
  readonly code = 'limit_reached'
  options: RefusalOption[] = []
  constructor(
    readonly facts: {
      required: Millicredits
      scope: 'account' | 'editor' | 'app' | 'run'
      appId: string | null
      runId: string | null
      /** Null for a run, like `resetsAt`. */
      window: 'day' | 'week' | 'month' | null
      limit: Millicredits
      used: Millicredits
      /** Reserved by open holds, which count too. */
      held: Millicredits
      resetsAt: Date | null
    },
  ) {
    super(
      facts.scope === 'run'
        ? 'This would go over the cap of the run.'
        : 'This would go over a spending limit.',
    )
  }
}

/** The payer's plan does not include the operation's tier; `plan` is the key of one that does. */
export class PlanRequired extends DomainError {
  readonly code = 'plan_required'
  options: RefusalOption[] = []
  readonly plan: string
  constructor({ key, name }: { key: string; name: string }) {
    super(`This operation needs the ${name} plan.`)
    this.plan = key
  }
}

export class ConsentRequired extends DomainError {
  readonly code = 'consent_required'
  constructor(readonly href: string) {
    super('The user has not allowed this app to spend their credits.')
  }
}

export class AppPaused extends DomainError {
  readonly code = 'app_paused'
  options: RefusalOption[] = []
  constructor(readonly required: Millicredits) {
    super('The user has paused spending by this app.')
  }
}

/** The idempotency key was already used for a different request of this account. */
export class IdempotencyConflict extends DomainError {
  readonly code = 'idempotency_conflict'
  constructor(readonly existing: string) {
    super('This Idempotency-Key was used before with a different request.')
  }
}

/** Somebody else saved since the caller read. Nothing was changed. */
export class EditConflict extends DomainError {
  readonly code = 'edit_conflict'
  constructor(readonly revision: number) {
    super('Somebody else has saved a change meanwhile. Read it, then save again.')
  }
}

export type ClosedHoldStatus = 'captured' | 'released' | 'expired'

export class HoldClosed extends DomainError {
  readonly code = 'hold_closed'
  constructor(readonly holdStatus: ClosedHoldStatus) {
    super(`The hold is ${holdStatus}.`)
  }
}

/** The run accepts no more holds and charges. A capture of a hold made before still charges. */
export class RunClosed extends DomainError {
  readonly code = 'run_closed'
  constructor() {
    super('The run is closed.')
  }
}

export class PayloadTooLarge extends DomainError {
  readonly code = 'payload_too_large'
  constructor(readonly limitBytes: number) {
    super(`The body is larger than ${limitBytes / 1024} KiB.`)
  }
}

/** The caller sent too many requests. Nothing was done; the request can be repeated after `retryAfterSeconds`. */
export class RateLimited extends DomainError {
  readonly code = 'rate_limited'
  constructor(readonly retryAfterSeconds: number) {
    super(`Too many requests. Try again in ${retryAfterSeconds} s.`)
  }
}

/** The outcome may be unknown: a repetition with the same key takes effect at most once. */
export class Unavailable extends DomainError {
  readonly code = 'unavailable'
  constructor(
    message = 'The credits system cannot answer right now. Repeat the request with the same key.',
    readonly retryAfterSeconds = 1,
  ) {
    super(message)
  }
}
