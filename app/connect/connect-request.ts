import { requireChallenge } from '@/lib/apps/connect'
import { InvalidRequest } from '@/lib/errors'

/** The parameters of an app's request; RFC 6749 and 7636 name the last three. Missing ones are empty. */
export type ConnectRequest = {
  app: string
  returnTo: string
  state: string
  code_challenge: string
  code_challenge_method: string
}

const FIELDS = ['app', 'returnTo', 'state', 'code_challenge', 'code_challenge_method'] as const

/** A value that is neither an address, nor a challenge, nor an app. */
const TWICE = '\u{fffd}'

/** The request of an address or a form; a repeated parameter becomes an invalid one. */
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

/** Returns true if the request is for consent only, as from the link of a refusal, which names just the app. */
export function isConsentAlone({ app, ...others }: ConnectRequest): boolean {
  return app !== '' && Object.values(others).every((value) => value === '')
}

/** The address of the page with this request. */
export function connectPath(request: ConnectRequest): string {
  const query = new URLSearchParams()
  for (const name of FIELDS) if (request[name] !== '') query.set(name, request[name])
  return query.size === 0 ? '/connect' : `/connect?${query}`
}

/** The app's address with an answer and its own `state`. `returnTo` must have been checked. */
export function answerHref(
  returnTo: string,
  state: string,
  answer: { code: string } | { error: 'access_denied' },
): string {
  const url = new URL(returnTo)
  // Removes an earlier answer from the address, so that it is not mistaken for this one.
  for (const name of ['code', 'error', 'state']) url.searchParams.delete(name)
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value)
  if (state !== '') url.searchParams.set('state', state)
  return url.href
}

/** Returns true if the code could be exchanged. */
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
