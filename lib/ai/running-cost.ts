import type { UsageJson } from '@/lib/contract/metering'
import type { CreditsClient, Payer } from './credits-client'
import type { Emit } from './events'

/** Asking for each piece would tell nobody more: this is about a line of text. */
const TOKENS_BETWEEN = 24

/** Tells what a run has cost so far, by asking for the price of its usage: one question at a time, none when little changed. */
export class RunningCost {
  #asked = -TOKENS_BETWEEN
  #asking: Promise<void> | null = null
  #isClosed = false

  constructor(
    readonly credits: CreditsClient,
    readonly request: { payer: Payer; operation: string },
    readonly emit: Emit,
  ) {}

  follow(usage: UsageJson): void {
    const size = sizeOf(usage)
    if (this.#isClosed || this.#asking !== null || size - this.#asked < TOKENS_BETWEEN) return
    this.#asked = size
    this.#asking = this.#ask(usage).finally(() => {
      this.#asking = null
    })
  }

  /** Nothing is told after this, so that the receipt has the last word. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#asking
  }

  async #ask(usage: UsageJson): Promise<void> {
    const { payer, operation } = this.request
    // Only the display depends on it; the run goes on without.
    const quote = await this.credits.quote({ ...payer, operation, usage }).catch(() => null)
    if (quote !== null && !this.#isClosed) this.emit({ type: 'cost', credits: quote.total, usage })
  }
}

/** A tool call is a step of work however short it is. */
function sizeOf({ inputTokens = 0, outputTokens = 0, toolCalls = 0, webSearch = false }: UsageJson): number {
  return inputTokens + outputTokens + (toolCalls + Number(webSearch)) * TOKENS_BETWEEN
}
