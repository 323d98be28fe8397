import { format, stripVTControlCharacters } from 'node:util'
import { processState } from '@/lib/process-state'
import { logFailure, logPrinted } from './log'

const LEVELS = ['error', 'warn'] as const

/**
 * Turns every error or warning printed by Next, a library or this code into one structured line without secrets: raw output
 * contains user input, in which a newline could forge a log line.
 */
export function logWhatIsPrinted(): void {
  processState('http.printed', () => {
    for (const level of LEVELS) console[level] = (...printed: unknown[]) => take(level, printed)
    return true
  })
}

function take(level: (typeof LEVELS)[number], printed: unknown[]): void {
  const failure = printed.find((part) => part instanceof Error)
  // Next prints an error before it names the request; keep the line that names it.
  if (failure !== undefined) setImmediate(() => logFailure(failure, { requestId: 'none', route: 'printed' }))
  else logPrinted(level, stripVTControlCharacters(format(...printed)))
}
