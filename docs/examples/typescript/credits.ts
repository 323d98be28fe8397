/** The credits API, in one function. `CREDITS_KEY` stays on your server; nothing a browser or an app holds may have it. */
const URL_OF_CREDITS = process.env.CREDITS_URL ?? 'http://127.0.0.1:3000'
const KEY = process.env.CREDITS_KEY ?? ''

/** `application/problem+json`: `code` says what to do about it, `detail` can be shown to people. */
export type Problem = {
  status: number
  code: string
  detail: string
  requestId: string
  options?: { kind: string; label: string; href?: string; operation?: string }[]
  href?: string
  existing?: string
}

export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(`${problem.code}: ${problem.detail} (request ${problem.requestId})`)
  }
}

const TRIES = 5

/**
 * One call. A `POST` that moves credits takes a `key`: the same key means the same call, so it is repeated after a lost
 * answer, a 503 or a 429 without ever taking effect twice.
 */
export async function credits<T>(
  method: string,
  path: string,
  { body, key }: { body?: unknown; key?: string } = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(`${URL_OF_CREDITS}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${KEY}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(15_000),
    }).catch(() => null)
    if (response?.ok) return (await response.json()) as T
    const mayRepeat = response === null || response.status === 503 || response.status === 429
    if (!mayRepeat || attempt === TRIES) throw new Refused(await problemOf(response))
    const seconds = Number(response?.headers.get('retry-after') ?? attempt / 4)
    await new Promise((resolve) => setTimeout(resolve, Math.min(seconds, 5) * 1_000))
  }
}

async function problemOf(response: Response | null): Promise<Problem> {
  if (response?.headers.get('content-type')?.startsWith('application/problem+json'))
    return (await response.json()) as Problem
  return { status: 503, code: 'unavailable', detail: 'Credits cannot be checked right now.', requestId: '' }
}

export type Usage = Record<string, number | boolean>
export type Quote = { base: number; premium: number; total: number }
export type Hold = { id: string; amount: number; status: 'open' | 'captured' | 'released' | 'expired' }
export type Charge = { id: string; base: number; premium: number; total: number; usage: Usage }
