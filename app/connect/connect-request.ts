import { requireChallenge } from '@/lib/apps/connect'
import { InvalidRequest } from '@/lib/errors'

/** The parameters of an app's request. The last three are defined by RFC 6749 and 7636. Missing parameters are empty. */
export type ConnectRequest = {
  app: string
  returnTo: string
  state: string
  code_challenge: string
  code_challenge_method: string
}

const FIELDS = ['app', 'returnTo', 'state', 'code_challenge', 'code_challenge_method'] as const

/** A value that is not a valid URL, challenge or app. */
const TWICE = '\u{fffd}'

/** Reads the request from a URL or a form; a parameter that occurs twice becomes invalid. */
export function connectRequest(read: (name: string) => unknown): ConnectRequest {
  const one = (name: (typeof FIELDS)[number]) => {
    const value = read(name)
    if (Array.isArray(value)) return TWICE
    return typeof value === 'string' ? value : ''
  }
  const [app, returnTo, state, code_challenge, code_challenge_method] = [
    one('app'),
    one('returnTo'),
    one('state'),
    one('code_challenge'),
    one('code_challenge_method'),
  ]
  return { app, returnTo, state, code_challenge, code_challenge_method }
}

/** Returns true if the request is for consent only and names just the app, as the link in a refusal does. */
export function isConsentAlone({ app, ...others }: ConnectRequest): boolean {
  return app !== '' && Object.values(others).every((value) => value === '')
}

/** The path of the connect page with this request. */
export function connectPath(request: ConnectRequest): string {
  const query = new URLSearchParams()
  for (const name of FIELDS) if (request[name] !== '') query.set(name, request[name])
  return query.size === 0 ? '/connect' : `/connect?${query}`
}

/** Adds an answer and the app's own `state` to the app's URL. `returnTo` must have been checked. */
export function answerHref(
  returnTo: string,
  state: string,
  answer: { code: string } | { error: 'access_denied' },
): string {
  const url = new URL(returnTo)
  // Removes the parameters of an earlier answer, so that they are not mistaken for this one.
  for (const name of ['code', 'error', 'state']) url.searchParams.delete(name)
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value)
  if (state !== '') url.searchParams.set('state', state)
  return url.href
}

/** Returns true if the request has a valid code challenge; without one, the app could not exchange the code. */
export function hasChallenge(request: ConnectRequest): boolean {
  try {
    requireChallenge({
      codeChallenge: request.code_challenge,
      codeChallengeMethod: request.code_challenge_method,
    })
    return true
  } catch (error) {
    if (error instanceof InvalidRequest) return false
    throw error
  }
}
