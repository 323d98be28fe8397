import { refresh } from 'next/cache'
import { z } from 'zod'
import type { AppOutcome } from '@/components/apps/app-json'
import { formContext } from '@/lib/auth/form-context'
import { type FieldError, InvalidRequest, NotFound, RateLimited, Unavailable } from '@/lib/errors'
import { formatList } from '@/lib/format'

/** The person who submitted a form, and the context for its verbs. */
export type Person = Awaited<ReturnType<typeof formContext>>

/**
 * Runs a form's action for the person who submitted it, as identified by `formContext`. If they are over the rate limit,
 * `refuse` creates the answer from a message that says when to try again and that nothing was changed.
 */
export async function asPerson<Outcome>(
  returnTo: string,
  refuse: (message: string) => Outcome,
  act: (person: Person) => Promise<Outcome>,
): Promise<Outcome> {
  const person = await formContext(returnTo).catch((error: unknown) => {
    if (error instanceof RateLimited) return error
    throw error
  })
  if (person instanceof RateLimited) return refuse(`${person.message} Nothing was changed.`)
  return act(person)
}

/** `asPerson` for the forms of apps and projects. */
export function asAppPerson(
  returnTo: string,
  act: (person: Person) => Promise<AppOutcome>,
): Promise<AppOutcome> {
  return asPerson(returnTo, (message) => refused({ message }), act)
}

/**
 * Runs a form's action and describes the result to the person; `gone` is the message if the object no longer exists. An
 * unexpected error is rethrown.
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
  return { done: doneBefore(before) + 1, message: null, errors: {} }
}

/** The value comes from the browser, so it may be anything. */
function doneBefore(before: AppOutcome): number {
  return earlier.safeParse(before).data?.done ?? 0
}

const earlier = z.object({ done: z.int().min(0) })

export function refused({ message = null, errors = {} }: Partial<AppOutcome>): AppOutcome {
  return { done: 0, message, errors }
}

/**
 * The problems of each field as sentences: "May name at most 20." Items of a list with the same problem share a sentence:
 * "Lines 1 and 3 must be an origin."
 */
export function fieldErrors(errors: readonly FieldError[]): Record<string, string> {
  const found = new Map<string, { field: string; message: string; lines: string[] }>()
  for (const { path, message } of errors) {
    const [field = '', item] = path.split('.')
    const key = `${field} ${message}`
    const known = found.get(key) ?? { field, message, lines: [] }
    found.set(key, known)
    if (item !== undefined) known.lines.push(String(Number(item) + 1))
  }
  const words: Record<string, string> = {}
  for (const { field, message, lines } of found.values()) {
    const sentence =
      lines.length === 0
        ? `${message.charAt(0).toUpperCase()}${message.slice(1)}.`
        : `${lines.length === 1 ? 'Line' : 'Lines'} ${formatList(lines)} ${message}.`
    words[field] = words[field] === undefined ? sentence : `${words[field]} ${sentence}`
  }
  return words
}
