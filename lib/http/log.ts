import pino from 'pino'

const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2))

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
 * Records an error nobody foresaw, or trouble with the database. Says what and where, never a body, a header or the
 * `detail` of a database error, which can hold what people sent.
 */
export function logFailure(error: unknown, where: { requestId: string; route: string }): void {
  if (isDatabaseTrouble(error)) {
    const message = error instanceof Error ? error.message : String(error)
    logger.warn({ ...where, error: message }, 'the database cannot answer')
    return
  }
  const facts =
    error instanceof Error
      ? { name: error.name, code: codeOf(error), message: error.message, stack: error.stack }
      : { message: typeof error }
  logger.error({ ...where, error: facts }, 'unforeseen error')
}
