import { format, stripVTControlCharacters } from 'node:util'
import { processState } from '@/lib/process-state'
import { logFailure, logPrinted } from './log'

const LEVELS = ['error', 'warn'] as const

/**
 * From now on, whatever Next, a library or we print as an error or a warning is one structured line without secrets: as it
 * is printed it holds what people sent, and a newline in that would look like a line of ours.
 */
export function logWhatIsPrinted(): void {
  processState('http.printed', () => {
    for (const level of LEVELS) console[level] = (...printed: unknown[]) => take(level, printed)
    return true
  })
}

function take(level: (typeof LEVELS)[number], printed: unknown[]): void {
  const failure = printed.find((part) => part instanceof Error)
  // Next prints an error before it says of which request; the line that knows is the one to keep.
  if (failure !== undefined) setImmediate(() => logFailure(failure, { requestId: 'none', route: 'printed' }))
  else logPrinted(level, stripVTControlCharacters(format(...printed)))
}
