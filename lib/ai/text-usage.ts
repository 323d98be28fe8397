import type { LanguageModelUsage } from 'ai'
import type { UsageJson } from '@/lib/contract/metering'
import { countTokens } from './tokens'

export type TextOperation = 'ai.standard' | 'ai.advanced' | 'editor.chat.fast' | 'editor.chat.expert'

type TextField = 'inputTokens' | 'cachedInputTokens' | 'outputTokens' | 'toolCalls' | 'webSearch'

/**
 * Drops the fields the operation does not price, which the API would refuse: only editor chat prices tool calls, and
 * only AI operations price a web search.
 */
export function usageFor(operation: TextOperation, all: Required<Pick<UsageJson, TextField>>): UsageJson {
  const { toolCalls, webSearch, ...tokens } = all
  return operation.startsWith('editor.') ? { ...tokens, toolCalls } : { ...tokens, webSearch }
}

type Tokens = { inputTokens: number; cachedInputTokens: number; outputTokens: number }

/** The provider's count if it gives one, otherwise the estimate. */
function tokensOf(reported: LanguageModelUsage, estimate: { input: number; output: number }): Tokens {
  const inputTokens = reported.inputTokens ?? estimate.input
  const cached = reported.inputTokenDetails.cacheReadTokens ?? 0
  return {
    inputTokens,
    cachedInputTokens: Math.min(cached, inputTokens),
    outputTokens: reported.outputTokens ?? estimate.output,
  }
}

/**
 * The usage of one action over all its model steps: the provider's report for finished steps and an estimate for the
 * current one, in case its stream breaks off.
 */
export class TextUsage {
  #finished: Tokens = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 }
  /** Chunks can be smaller than a token, so this counts characters. */
  #step = { input: 0, outputText: '', isOpen: false }
  #toolResults = 0
  #toolCalls = 0
  #searched = false
  /** True once the model has produced usable output. */
  hasOutput = false

  constructor(
    readonly operation: TextOperation,
    promptTokens: number,
  ) {
    this.#step.input = promptTokens
  }

  startStep(): void {
    this.#step.isOpen = true
  }

  addText(text: string): void {
    this.#step.outputText += text
    this.hasOutput = true
  }

  addToolCall(input: unknown): void {
    this.#toolCalls += 1
    this.addText(JSON.stringify(input) ?? '')
  }

  /** A tool's result is part of the next step's input. */
  addToolResult(output: unknown): void {
    this.#toolResults += countTokens(JSON.stringify(output) ?? '')
  }

  noteSearch(): void {
    this.#searched = true
  }

  finishStep(reported: LanguageModelUsage): void {
    const { input, outputText } = this.#step
    const step = tokensOf(reported, { input, output: countTokens(outputText) })
    this.#finished.inputTokens += step.inputTokens
    this.#finished.cachedInputTokens += step.cachedInputTokens
    this.#finished.outputTokens += step.outputTokens
    this.#step = {
      input: step.inputTokens + step.outputTokens + this.#toolResults,
      outputText: '',
      isOpen: false,
    }
    this.#toolResults = 0
  }

  current(): UsageJson {
    const { input, outputText, isOpen } = this.#step
    const { inputTokens, cachedInputTokens, outputTokens } = this.#finished
    return usageFor(this.operation, {
      inputTokens: inputTokens + (isOpen ? input : 0),
      cachedInputTokens,
      outputTokens: outputTokens + (isOpen ? countTokens(outputText) : 0),
      toolCalls: this.#toolCalls,
      webSearch: this.#searched,
    })
  }
}

type Step = {
  usage: LanguageModelUsage
  text: string
  toolCalls: readonly { input: unknown }[]
  toolResults: readonly { output: unknown }[]
}

/** The maximum usage of an action after one more step. */
export function usageWithNextStep(
  operation: TextOperation,
  steps: readonly Step[],
  next: { promptTokens: number; maxOutputTokens: number; toolCalls: number; webSearch: boolean },
): UsageJson {
  let input = next.promptTokens
  let toolCalls = 0
  const total: Tokens = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 }
  for (const step of steps) {
    const output = countTokens(step.text + JSON.stringify(step.toolCalls.map((call) => call.input)))
    const used = tokensOf(step.usage, { input, output })
    total.inputTokens += used.inputTokens
    total.cachedInputTokens += used.cachedInputTokens
    total.outputTokens += used.outputTokens
    toolCalls += step.toolCalls.length
    const results = JSON.stringify(step.toolResults.map((result) => result.output))
    input = used.inputTokens + used.outputTokens + countTokens(results)
  }
  return usageFor(operation, {
    inputTokens: total.inputTokens + input,
    cachedInputTokens: total.cachedInputTokens,
    outputTokens: total.outputTokens + next.maxOutputTokens,
    toolCalls: toolCalls + next.toolCalls,
    webSearch: next.webSearch,
  })
}
