import { setTimeout as delay } from 'node:timers/promises'
import type { Answer, Client, Json } from './client'

/** A request and its definite answer, with everything needed to send it again at the end. */
export type Acknowledged = {
  kind: 'grant' | 'revoke' | 'charge' | 'hold' | 'extend' | 'capture' | 'release' | 'refund' | 'transfer'
  path: string
  request: Json
  key: string
  user: string
  status: number
  /** The answer's text; for an item of a batch, the text of its charge. */
  text: string
  body: Json
  /** The index of the server that answered. */
  server: number
  inBatch: boolean
}

const BATCH_SIZE = 25
const SMALL = { operation: 'ai.standard', usage: { inputTokens: 1_200, outputTokens: 300 } }
const TOKENS_MOST = 51_200_000
const TOKENS_LEAST = 50_000
/** The amount of one reward transfer. */
const LEAST_AMOUNT = 0.001
/** The duration of a hold that is captured late. */
const SHORT_SECONDS = 1
const LATER_MS = 1_200
const LARGE = { operation: 'ai.standard', usage: { inputTokens: 40_000, outputTokens: 4_000 } }

/**
 * Clients that charge, hold, extend, capture in time and late, release, refund, grant, revoke, transfer rewards and send
 * batches, repeating each request until it is answered.
 */
export class Load {
  readonly acknowledged: Acknowledged[] = []
  private serial = 0
  private stopped = false

  constructor(
    private readonly client: Client,
    private readonly users: string[],
    private readonly app: string,
    private readonly creator: string,
  ) {}

  /** Resolves when every client has its last answer. */
  async run(clients: number): Promise<void> {
    await Promise.all(Array.from({ length: clients }, () => this.work()))
  }

  /** Starts no new requests; current ones continue until they are answered. */
  stop(): void {
    this.stopped = true
  }

  private async work(): Promise<void> {
    while (!this.stopped) {
      const dice = Math.random()
      if (dice < 0.45) await this.charge()
      else if (dice < 0.7) await this.holdAndClose()
      else if (dice < 0.75) await this.holdAndCaptureLate()
      else if (dice < 0.83) await this.chargeAndRefund()
      else if (dice < 0.87) await this.grantAndRevoke()
      else if (dice < 0.9) await this.transfer()
      else await this.batch()
    }
  }

  private user(): string {
    return this.users[Math.floor(Math.random() * this.users.length)] ?? ''
  }

  private key(): string {
    this.serial += 1
    return `crash ${this.serial}`
  }

  grant(user: string, amount: number): Promise<Answer> {
    return this.send('grant', '/grants', { user, amount, reason: 'crash test' }, user)
  }

  private async grantAndRevoke(): Promise<void> {
    const user = this.user()
    const { body } = await this.grant(user, 5)
    await this.send('revoke', `/grants/${body.id}/revoke`, { reason: 'crash test' }, user)
  }

  /** Refused until there are rewards. */
  private transfer(): Promise<Answer> {
    const user = this.creator
    return this.send('transfer', '/rewards/transfer', { user, amount: LEAST_AMOUNT }, user)
  }

  /** Leaves a Free account a few credits: halves a large charge until it fits, and repeats with the remainder. */
  async drain(user: string): Promise<void> {
    for (let inputTokens = TOKENS_MOST; inputTokens >= TOKENS_LEAST; inputTokens /= 2)
      await this.send('charge', '/charges', { user, operation: 'ai.standard', usage: { inputTokens } }, user)
  }

  private charge(): Promise<Answer> {
    const user = this.user()
    const app = Math.random() < 0.5 ? { app: this.app } : {}
    return this.send('charge', '/charges', { user, ...app, ...SMALL, metadata: { test: 'crash' } }, user)
  }

  private async holdAndClose(): Promise<void> {
    const user = this.user()
    const made = await this.send('hold', '/holds', { user, app: this.app, ...LARGE }, user)
    if (made.status !== 201) return
    if (Math.random() < 0.3)
      await this.send('extend', `/holds/${made.body.id}/extend`, { expiresInSeconds: 600 }, user)
    if (Math.random() < 0.3)
      await this.send(
        'extend',
        `/holds/${made.body.id}/extend`,
        { usage: { ...LARGE.usage, outputTokens: 9_000 } },
        user,
      )
    if (Math.random() < 0.7)
      await this.send('capture', `/holds/${made.body.id}/capture`, { usage: SMALL.usage }, user)
    else await this.send('release', `/holds/${made.body.id}/release`, {}, user)
  }

  private async holdAndCaptureLate(): Promise<void> {
    const user = this.user()
    const asked = { user, app: this.app, ...LARGE, expiresInSeconds: SHORT_SECONDS }
    const made = await this.send('hold', '/holds', asked, user)
    if (made.status !== 201) return
    await delay(LATER_MS)
    await this.send('capture', `/holds/${made.body.id}/capture`, { usage: SMALL.usage }, user)
  }

  private async chargeAndRefund(): Promise<void> {
    const made = await this.charge()
    if (made.status !== 201) return
    const { id, user } = made.body
    await this.send('refund', `/charges/${id}/refund`, { reason: 'crash test' }, String(user))
  }

  /** An item is repeated in the next batch until it is answered on its own. */
  private async batch(): Promise<void> {
    let items: Json[] = Array.from({ length: BATCH_SIZE }, () => ({
      idempotencyKey: this.key(),
      user: this.user(),
      app: this.app,
      ...SMALL,
    }))
    while (items.length > 0) {
      const { body, server } = await this.client.post('/charges/batch', { charges: items }, null)
      const results = body.results as { status: number; charge?: Json; problem?: Json }[]
      const open: Json[] = []
      for (const [index, { status, charge, problem }] of results.entries()) {
        const item = items[index] ?? {}
        if (status >= 500) {
          open.push(item)
          continue
        }
        const { idempotencyKey, ...request } = item
        const answer = { status, body: charge ?? problem ?? {}, text: JSON.stringify(charge ?? problem) }
        const key = String(idempotencyKey)
        const user = String(item.user)
        this.acknowledged.push({
          kind: 'charge',
          path: '/charges',
          request,
          key,
          user,
          server,
          inBatch: true,
          ...answer,
        })
      }
      this.client.retries += open.length
      items = open
    }
  }

  private async send(kind: Acknowledged['kind'], path: string, request: Json, user: string): Promise<Answer> {
    const key = this.key()
    const answer = await this.client.post(path, request, key)
    const { status, text, body, server } = answer
    this.acknowledged.push({ kind, path, request, key, user, status, text, body, server, inBatch: false })
    return answer
  }
}
