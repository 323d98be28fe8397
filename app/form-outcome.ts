import { refresh } from 'next/cache'
import type { AppOutcome } from '@/components/apps/app-json'
import { type FieldError, InvalidRequest, NotFound, Unavailable } from '@/lib/errors'

/**
 * What an action of a form came to, in words for the person who pressed the button: `gone` is said when the thing it was
 * about is not there any more. A defect of ours is thrown on.
 */
export async function attempt(
  before: AppOutcome,
  act: () => Promise<unknown>,
  gone: string,
): Promise<AppOutcome> {
  try {
    await act()
  } catch (error) {
    if (error instanceof InvalidRequest) return refused({ errors: fieldErrors(error.errors) })
    if (error instanceof NotFound) return refused({ message: gone })
    if (error instanceof Unavailable)
      return refused({ message: 'This could not be saved right now. Nothing was changed; try again.' })
    throw error
  }
  refresh()
  return { done: before.done + 1, message: null, errors: {} }
}

export function refused({ message = null, errors = {} }: Partial<AppOutcome>): AppOutcome {
  return { done: 0, message, errors }
}

/** One sentence a field, for the reader: "May name at most 20." A list's item is told by its number. */
function fieldErrors(errors: readonly FieldError[]): Record<string, string> {
  const words: Record<string, string> = {}
  for (const { path, message } of errors) {
    const [field = '', item] = path.split('.')
    const number = item === undefined ? '' : `Line ${Number(item) + 1} `
    const sentence =
      number === '' ? `${message.charAt(0).toUpperCase()}${message.slice(1)}.` : `${number}${message}.`
    words[field] = words[field] === undefined ? sentence : `${words[field]} ${sentence}`
  }
  return words
}
