import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { credits } from './credits'

/** Make a person known before their first use: idempotent, so call it at every sign-in. They start with 1,000 credits. */
export async function putUser(externalId: string, email: string): Promise<{ id: string }> {
  return credits('PUT', `/users/${encodeURIComponent(externalId)}`, { body: { email } })
}

type App = { id: string; externalId: string | null }

/** A creator's app. Consent may return only to its `origins`. */
export async function putApp(creator: string, externalId: string, origin: string): Promise<App> {
  const { data } = await credits<{ data: App[] }>('GET', `/apps?user=${encodeURIComponent(creator)}`)
  const known = data.find((app) => app.externalId === externalId)
  if (known) return credits('PATCH', `/apps/${known.id}`, { body: { origins: [origin] } })
  const body = { user: creator, name: 'Trip planner', externalId, visibility: 'public', origins: [origin] }
  return credits('POST', '/apps', { body })
}

/** Where to send a person who has not consented yet. Keep `verifier` and `state` in their session until they come back. */
export function connectAddress(app: string, returnTo: string) {
  const verifier = randomBytes(32).toString('base64url')
  const state = randomBytes(16).toString('base64url')
  const query = new URLSearchParams({
    app,
    returnTo,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  return { url: `${process.env.CREDITS_URL}/connect?${query}`, verifier, state }
}

/** The token proves that this person lets this app spend. It lasts an hour and says `user` and `app` in every later call. */
export async function exchange(code: string, codeVerifier: string, returnTo: string): Promise<string> {
  const body = { code, codeVerifier, returnTo }
  return (await credits<{ token: string }>('POST', '/connect/token', { body })).token
}

/** Your app's own page, as small as possible: it waits for the single answer from the connect page. */
export async function openCallback(): Promise<{ returnTo: string; answer: Promise<URLSearchParams> }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const returnTo = `http://127.0.0.1:${(server.address() as AddressInfo).port}/connected`
  const answer = new Promise<URLSearchParams>((resolve) => {
    server.on('request', (request, response) => {
      response.setHeader('connection', 'close').end('Connected. You can close this page.')
      server.close()
      resolve(new URL(request.url ?? '', returnTo).searchParams)
    })
  })
  return { returnTo, answer }
}
