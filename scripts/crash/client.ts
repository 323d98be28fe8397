import { setTimeout as delay } from 'node:timers/promises'

const TIMEOUT_MS = 20_000
const RETRY_MS = 25

export type Json = Record<string, unknown>

/** A definite answer: done, or refused for good. */
export type Answer = { status: number; body: Json; text: string; replayed: boolean; attempts: number }

/** What one request showed: an answer, or nothing that says whether it took effect. */
type Attempt = Omit<Answer, 'attempts'> | null

export class Client {
  /** Requests that got no definite answer and were sent again. */
  retries = 0
  constructor(
    private readonly origin: string,
    private readonly secret: string,
  ) {}

  /** Sends a request with its key until it is answered definitely; `isStopped` ends a client that can reach nobody. */
  async post(path: string, body: Json, key: string | null, isStopped = () => false): Promise<Answer> {
    for (let attempts = 1; ; attempts++) {
      const answer = await this.attempt(path, body, key)
      if (answer !== null) return { ...answer, attempts }
      if (isStopped()) throw new Error(`no answer to ${path}`)
      this.retries += 1
      await delay(RETRY_MS)
    }
  }

  private async attempt(path: string, body: Json, key: string | null): Promise<Attempt> {
    try {
      const response = await fetch(`${this.origin}/api/v1${path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${this.secret}`,
          'content-type': 'application/json',
          ...(key === null ? {} : { 'idempotency-key': key }),
        },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      const text = await response.text()
      // 401 while the database is away would be a defect, so it counts as an answer and is found in the end.
      if (response.status >= 500) return null
      const replayed = response.headers.get('idempotent-replayed') === 'true'
      return { status: response.status, body: JSON.parse(text) as Json, text, replayed }
    } catch {
      return null
    }
  }
}
