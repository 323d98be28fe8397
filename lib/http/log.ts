import pino from 'pino'
import { getEnv, type LogLevel } from '@/lib/env'
import { processState } from '@/lib/process-state'

/** Buffered lines are written at this many bytes … */
const BUFFER_BYTES = 4_096
/** … or after this delay, so that the log of an idle process stays current. */
const FLUSH_MS = 250

/** The logger's key in the process state. */
export const LOGGER = 'http.logger'

/**
 * Writes structured lines to stderr, because stdout belongs to commands that print results. The buffer is flushed at exit.
 */
export function createLogger(level: LogLevel, destination?: pino.DestinationStream): pino.Logger {
  const stream =
    destination ??
    pino.destination({ dest: 2, sync: false, minLength: BUFFER_BYTES, periodicFlush: FLUSH_MS })
  return pino({ base: null, level, timestamp: pino.stdTimeFunctions.isoTime }, stream)
}

function logger(): pino.Logger {
  return processState(LOGGER, () => createLogger(getEnv().logLevel))
}

/** SQLSTATE classes and codes, and network errors, that are temporary rather than defects. */
const OVERLOAD_CODE =
  /^(08...|53...|57P0.|57014|55P03|25P03|40001|40P01|ECONNREFUSED|ECONNRESET|ENOTFOUND|ETIMEDOUT|EPIPE|EAI_AGAIN|EHOSTUNREACH)$/
const OVERLOAD_MESSAGE =
  /timeout exceeded when trying to connect|Connection terminated|Query read timeout|Cannot use a pool after/

const DATA_EXCEPTION = /^22[0-9A-Z]{3}$/

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** True for temporary trouble: the database is unreachable, shutting down or timed out. */
export function isDatabaseTrouble(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isDatabaseTrouble)
  if (!(error instanceof Error)) return false
  const code = codeOf(error)
  return (code !== undefined && OVERLOAD_CODE.test(code)) || OVERLOAD_MESSAGE.test(error.message)
}

/** SQLSTATE class 22: a value out of range or malformed. The statement failed, so nothing changed. */
export function isDataException(error: unknown): boolean {
  return error instanceof Error && DATA_EXCEPTION.test(codeOf(error) ?? '')
}

/**
 * This product's secret keys, app tokens and codes, Stripe and OpenAI keys, provider tokens, bearer credentials, session
 * cookies, passwords in URLs (any character but a space or a quote), and the secrets of one-time links.
 */
const SECRETS: readonly [RegExp, string][] = [
  [/\b((?:sk|rk|at|pk|cc)_(?:live_|test_)?)[\w-]{8,}/g, '$1[redacted]'],
  [/\b(sk-(?:proj-|svcacct-|admin-)?)[\w-]{16,}/g, '$1[redacted]'],
  [/\bwhsec_[0-9A-Za-z+/=]+/g, 'whsec_[redacted]'],
  [/\b(gh[opsur]_|ya29\.|eyJ)[\w.-]{16,}/g, '$1[redacted]'],
  [/\b(Bearer|Basic) +[!-~]+/gi, '$1 [redacted]'],
  [/(next-auth\.[\w-]+)=[^;\s"]+/g, '$1=[redacted]'],
  [/(\w+:\/\/[^\s:/@]*):[^\s"'<>]+@/g, '$1:[redacted]@'],
  [
    /\b((?:\w+_token|client_secret|password)["']?\s*[=:]\s*["']?)(?!\[redacted\])[^&\s"'#;,}]+/gi,
    '$1[redacted]',
  ],
  [/([?&](?:token|code|code_verifier|state|secret)=)[^&\s"'#]+/gi, '$1[redacted]'],
  [/(\/portal\/)[^/\s?"#]+/g, '$1[redacted]'],
]

/** Replaces every known kind of secret in a text. */
export function redact(text: string): string {
  let redacted = text
  for (const [secret, replacement] of SECRETS) redacted = redacted.replace(secret, replacement)
  return redacted
}

/** The loggable part of an error. PostgreSQL quotes a rejected value in its message, so that message is left out. */
function factsOf(error: unknown): object {
  if (!(error instanceof Error)) return { message: typeof error }
  const { name } = error
  const code = codeOf(error)
  if (isDataException(error)) return { name, code }
  return { name, code, message: redact(error.message), stack: error.stack && redact(error.stack) }
}

/** A failure can affect a thousand items of a batch or every request that shares a call, but is logged once. */
function told(): WeakSet<object> {
  return processState('http.told-failures', () => new WeakSet<object>())
}

/**
 * Logs an unexpected error or trouble with the database: the error and its place, never a body, a header or the `detail` of
 * a database error, which can contain user input.
 */
export function logFailure(error: unknown, where: { requestId: string; route: string }): void {
  if (typeof error === 'object' && error !== null) {
    if (told().has(error)) return
    told().add(error)
  }
  if (isDatabaseTrouble(error)) {
    const message = redact(error instanceof Error ? error.message : String(error))
    logger().warn({ ...where, error: message }, 'the database is unavailable')
    return
  }
  logger().error({ ...where, error: factsOf(error) }, 'unexpected error')
}

/** Logs something that the product did on its own initiative, with ids and fixed words only. */
export function logDone(what: string, facts: object): void {
  logger().info(facts, what)
}

/** Logs a text printed by other code. */
export function logPrinted(level: 'error' | 'warn', text: string): void {
  logger()[level]({ printed: redact(text) }, 'printed')
}

/**
 * An answered request, with fixed facts and the product's own ids. The only caller input is a safe request id and a path.
 */
export type AnsweredRequest = {
  requestId: string
  /** The template of an API route (`POST /api/v1/charges`), or the method and path of a page, without its query. */
  route: string
  status: number
  milliseconds: number
  /** The public id of the key or user, or the kind of caller; omitted if no caller was identified. */
  caller?: string
}

/** Logs one request. */
export function logRequest({ milliseconds, ...facts }: AnsweredRequest): void {
  const line = { ...facts, ms: Math.round(milliseconds * 100) / 100 }
  if (facts.status >= 500) logger().warn(line, 'request')
  else logger().info(line, 'request')
}

export function isRequestLogged(): boolean {
  return logger().isLevelEnabled('info')
}
