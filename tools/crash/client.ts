import { setTimeout as delay } from 'node:timers/promises'

const TIMEOUT_MS = 20_000
const RETRY_MS = 25

export type Json = Record<string, unknown>

/** A definite answer: done or refused for good. `server`: the index of the server that answered. */
export type Answer = { status: number; body: Json; text: string; replayed: boolean; server: number }

/** The result of one request: an answer, or nothing, which leaves open whether it took effect. */
type Attempt = Omit<Answer, 'server'> | null

/** Spreads requests over several servers of the same product. */
export class Client {
  /** The number of requests that were sent again for lack of a definite answer. */
  retries = 0
  /** The number of effects whose first answer was lost and that another server answered. */
  givenByAnother = 0
  private turn = 0

  constructor(
    private readonly origins: readonly string[],
    private readonly secret: string,
  ) {}

  /** Sends a request with its key until there is a definite answer: first to server `first`, then to the others in turn. */
  async post(path: string, body: Json, key: string | null, first = this.turn++): Promise<Answer> {
    const count = this.origins.length
    for (let attempts = 0; ; attempts++) {
      const server = (first + attempts) % count
      const answer = await this.attempt(`${this.origins[server]}/api/v1${path}`, body, key)
      if (answer !== null) {
        if (answer.replayed && attempts % count !== 0) this.givenByAnother += 1
        return { ...answer, server }
      }
      this.retries += 1
      await delay(RETRY_MS)
    }
  }

  private async attempt(url: string, body: Json, key: string | null): Promise<Attempt> {
    try {
      const response = await fetch(url, {
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
      // A 401 while the database is down would be a defect, so it counts as an answer and is found at the end.
      if (response.status >= 500) return null
      const replayed = response.headers.get('idempotent-replayed') === 'true'
      return { status: response.status, body: JSON.parse(text) as Json, text, replayed }
    } catch {
      return null
    }
  }
}
