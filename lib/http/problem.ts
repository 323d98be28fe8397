import { type AnyDomainError, PROBLEM_TYPE_PREFIX, PROBLEMS, type ProblemJson } from '@/lib/contract/problems'
import { DomainError, InvalidRequest, type RefusalOption, Unavailable } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { toCredits } from '@/lib/millicredits'
import { isDatabaseTrouble, isDataException, logFailure } from './log'
import { countRefusal } from './metrics'
import { apiHeaders } from './security-headers'

function timeOf(date: Date | null): string | null {
  return date?.toISOString() ?? null
}

function optionOf(option: RefusalOption): RefusalOption {
  const { kind, label, href, operation } = option
  return {
    kind,
    label,
    ...(href === undefined ? {} : { href }),
    ...(operation === undefined ? {} : { operation }),
  }
}

/** The extra fields of a problem: amounts in credits, times as RFC 3339. */
function additionsOf(error: AnyDomainError): object {
  switch (error.code) {
    case 'insufficient_credits':
      return {
        required: toCredits(error.facts.required),
        available: toCredits(error.facts.available),
        shortfall: toCredits(error.shortfall),
        resetsAt: timeOf(error.facts.resetsAt),
        options: error.options.map(optionOf),
      }
    case 'budget_exceeded':
      return {
        budget: toCredits(error.facts.budget),
        used: toCredits(error.facts.used),
        resetsAt: timeOf(error.facts.resetsAt),
        options: error.options.map(optionOf),
      }
    case 'limit_reached': {
      const { required, scope, appId, runId, window, limit, used, held, resetsAt } = error.facts
      return {
        scope,
        app: appId === null ? null : publicId('app', appId),
        run: runId === null ? null : publicId('run', runId),
        window,
        required: toCredits(required),
        limit: toCredits(limit),
        used: toCredits(used),
        held: toCredits(held),
        resetsAt: timeOf(resetsAt),
        options: error.options.map(optionOf),
      }
    }
    case 'app_paused':
      return { options: error.options.map(optionOf) }
    case 'plan_required':
      return { plan: error.plan, options: error.options.map(optionOf) }
    case 'consent_required':
      return { href: error.href }
    case 'idempotency_conflict':
      return { existing: error.existing }
    case 'edit_conflict':
      return { revision: error.revision }
    case 'hold_closed':
      return { holdStatus: error.holdStatus }
    case 'invalid_request':
      return { errors: error.errors.map(({ path, message }) => ({ path, message })) }
    case 'invalid_json':
    case 'unauthenticated':
    case 'run_closed':
    case 'forbidden':
    case 'not_found':
    case 'payload_too_large':
    case 'rate_limited':
    case 'unavailable':
      return {}
    default:
      return error satisfies never
  }
}

/**
 * The domain error behind any thrown value. An unexpected error is logged and becomes `Unavailable`: its outcome may be
 * unknown, and a repeat with the same key takes effect at most once. A value the database rejects should have been refused
 * earlier; repeating the request would not help, and the answer says so.
 */
function domainErrorOf(error: unknown, where: { requestId: string; route: string }): AnyDomainError {
  // The union contains every concrete subclass, because it is derived from the module that declares them.
  if (error instanceof DomainError) return error as AnyDomainError
  logFailure(error, where)
  if (isDataException(error)) return InvalidRequest.at('', 'has a value that cannot be stored')
  return new Unavailable(undefined, isDatabaseTrouble(error) ? 2 : 1)
}

function problemFrom(error: AnyDomainError, requestId: string): ProblemJson {
  const { status, title } = PROBLEMS[error.code]
  countRefusal(error.code)
  const common = { type: `${PROBLEM_TYPE_PREFIX}${error.code}`, title, status, detail: error.message }
  return { ...common, code: error.code, requestId, ...additionsOf(error) } as ProblemJson
}

/** The problem of any thrown value, as part of a larger answer. */
export function problemOf(error: unknown, where: { requestId: string; route: string }): ProblemJson {
  return problemFrom(domainErrorOf(error, where), where.requestId)
}

/** The only way an error leaves the API: `application/problem+json` (RFC 9457). */
export function problemResponse(error: unknown, where: { requestId: string; route: string }): Response {
  const known = domainErrorOf(error, where)
  const problem = problemFrom(known, where.requestId)
  const headers = apiHeaders(where.requestId)
  headers['content-type'] = 'application/problem+json'
  if ('retryAfterSeconds' in known) headers['retry-after'] = String(known.retryAfterSeconds)
  if (known.code === 'unauthenticated') headers['www-authenticate'] = 'Bearer'
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}
