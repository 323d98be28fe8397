import type { UsageJson } from '@/lib/contract/metering'
import type { CreditsClient, Payer } from './credits-client'
import type { Emit } from './events'

/** About one line of text; updating more often would not help the reader. */
const TOKENS_BETWEEN = 24

/** Emits a run's running cost by quoting its usage: one quote at a time, and none if little has changed. */
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

  /** Stops emitting, so that the receipt comes last. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#asking
  }

  async #ask(usage: UsageJson): Promise<void> {
    const { payer, operation } = this.request
    // Only the display depends on the quote; the run continues without it.
    const quote = await this.credits.quote({ ...payer, operation, usage }).catch(() => null)
    if (quote !== null && !this.#isClosed) this.emit({ type: 'cost', credits: quote.total, usage })
  }
}

/** A tool call counts as output, however short it is. */
function sizeOf({ inputTokens = 0, outputTokens = 0, toolCalls = 0, webSearch = false }: UsageJson): number {
  return inputTokens + outputTokens + (toolCalls + Number(webSearch)) * TOKENS_BETWEEN
}
