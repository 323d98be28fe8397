import pino from 'pino'
import { getEnv, type LogLevel } from '@/lib/env'
import { processState } from '@/lib/process-state'

/** Lines are written together when there are this many bytes of them … */
const BUFFER_BYTES = 4_096
/** … or after this long, so that whoever follows the log of a quiet process sees them. */
const FLUSH_MS = 250

/** The name under which the process keeps its logger. */
export const LOGGER = 'http.logger'

/** Structured lines on stderr: stdout belongs to commands that print an answer. What is buffered is written at exit. */
export function createLogger(level: LogLevel, destination?: pino.DestinationStream): pino.Logger {
  const stream =
    destination ??
    pino.destination({ dest: 2, sync: false, minLength: BUFFER_BYTES, periodicFlush: FLUSH_MS })
  return pino({ base: null, level, timestamp: pino.stdTimeFunctions.isoTime }, stream)
}

function logger(): pino.Logger {
  return processState(LOGGER, () => createLogger(getEnv().logLevel))
}

/** SQLSTATE classes and codes, and errors of the network, that say "not now" rather than "this is a defect". */
const OVERLOAD_CODE =
  /^(08...|53...|57P0.|57014|55P03|25P03|40001|40P01|ECONNREFUSED|ECONNRESET|ENOTFOUND|ETIMEDOUT|EPIPE|EAI_AGAIN|EHOSTUNREACH)$/
const OVERLOAD_MESSAGE =
  /timeout exceeded when trying to connect|Connection terminated|Query read timeout|Cannot use a pool after/

const DATA_EXCEPTION = /^22[0-9A-Z]{3}$/

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** The database cannot be reached, is shutting down, or took too long: known trouble, gone when it is back. */
export function isDatabaseTrouble(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isDatabaseTrouble)
  if (!(error instanceof Error)) return false
  const code = codeOf(error)
  return (code !== undefined && OVERLOAD_CODE.test(code)) || OVERLOAD_MESSAGE.test(error.message)
}

/** SQLSTATE class 22: a value out of range or malformed. The statement failed, so nothing was changed. */
export function isDataException(error: unknown): boolean {
  return error instanceof Error && DATA_EXCEPTION.test(codeOf(error) ?? '')
}

/**
 * Our secret keys, app tokens and codes, keys of Stripe and OpenAI, tokens of providers, bearer credentials, session
 * cookies, passwords in addresses (with any character but a space or a quote), and what one-time links carry.
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

/** A text of anybody's without what is known to be secret. */
export function redact(text: string): string {
  let redacted = text
  for (const [secret, replacement] of SECRETS) redacted = redacted.replace(secret, replacement)
  return redacted
}

/** What may be said of an error. A value that PostgreSQL could not take stands in its message, so that one is left out. */
function factsOf(error: unknown): object {
  if (!(error instanceof Error)) return { message: typeof error }
  const { name } = error
  const code = codeOf(error)
  if (isDataException(error)) return { name, code }
  return { name, code, message: redact(error.message), stack: error.stack && redact(error.stack) }
}

/** One failure may reach a thousand items of a batch, or all requests of one call: it is one line, whoever is told. */
function told(): WeakSet<object> {
  return processState('http.told-failures', () => new WeakSet<object>())
}

/**
 * Records an error nobody foresaw, or trouble with the database. Says what and where, never a body, a header or the
 * `detail` of a database error, which can hold what people sent.
 */
export function logFailure(error: unknown, where: { requestId: string; route: string }): void {
  if (typeof error === 'object' && error !== null) {
    if (told().has(error)) return
    told().add(error)
  }
  if (isDatabaseTrouble(error)) {
    const message = redact(error instanceof Error ? error.message : String(error))
    logger().warn({ ...where, error: message }, 'the database cannot answer')
    return
  }
  logger().error({ ...where, error: factsOf(error) }, 'unforeseen error')
}

/** Records something that the product did by itself: ids and fixed words. */
export function logDone(what: string, facts: object): void {
  logger().info(facts, what)
}

/** Records a text that somebody else printed. */
export function logPrinted(level: 'error' | 'warn', text: string): void {
  logger()[level]({ printed: redact(text) }, 'printed')
}

/** One answered request: fixed facts and ids of ours, nothing a caller wrote but a safe request id and a path. */
export type AnsweredRequest = {
  requestId: string
  /** The template of an API route (`POST /api/v1/charges`), or method and path of a page, without its query. */
  route: string
  status: number
  milliseconds: number
  /** Public id of the key or user, or what else was there; left out where nobody was asked. */
  caller?: string
}

/** One line per request. */
export function logRequest({ milliseconds, ...facts }: AnsweredRequest): void {
  const line = { ...facts, ms: Math.round(milliseconds * 100) / 100 }
  if (facts.status >= 500) logger().warn(line, 'request')
  else logger().info(line, 'request')
}

export function isRequestLogged(): boolean {
  return logger().isLevelEnabled('info')
}
