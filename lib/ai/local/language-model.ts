import { setTimeout as delay } from 'node:timers/promises'
import type {
  LanguageModelV3,
  LanguageModelV3CallOptions,
  LanguageModelV3Content,
  LanguageModelV3FunctionTool,
  LanguageModelV3GenerateResult,
  LanguageModelV3StreamPart,
  LanguageModelV3Usage,
} from '@ai-sdk/provider'
import { countTokens } from '../tokens'

/** The part of a prompt that a local model reads. */
export type Turn = {
  system: string
  /** The person's last message. */
  said: string
  /** Tool results since that message, in order. */
  results: { name: string; output: unknown }[]
  tools: LanguageModelV3FunctionTool[]
  searchesWeb: boolean
}

/** Returns the model's text and tool calls. The same turn must produce the same reply. */
export type Reply = {
  text: string
  toolCalls?: { name: string; input: object }[]
  sources?: { url: string; title: string }[]
}

type LocalOptions = {
  modelId: string
  reply(turn: Turn): Reply
  /** The pause between two chunks of text, so that the text visibly streams. */
  paceMs: number
}

/** The provider name of local models in `providerOptions`. */
export const LOCAL = 'local'

/** A language model without a network: deterministic, streaming, with realistic usage. */
export function localLanguageModel({ modelId, reply, paceMs }: LocalOptions): LanguageModelV3 {
  const answer = (options: LanguageModelV3CallOptions) => answerOf(options, reply(turnOf(options)))
  return {
    specificationVersion: 'v3',
    provider: LOCAL,
    modelId,
    supportedUrls: {},
    async doGenerate(options) {
      options.abortSignal?.throwIfAborted()
      return { ...answer(options), warnings: [] }
    },
    async doStream(options) {
      options.abortSignal?.throwIfAborted()
      return { stream: streamOf(answer(options), paceMs, options.abortSignal) }
    },
  }
}

type Answer = Pick<LanguageModelV3GenerateResult, 'content' | 'finishReason' | 'usage'>

function answerOf(options: LanguageModelV3CallOptions, reply: Reply): Answer {
  const charactersMax = (options.maxOutputTokens ?? Number.POSITIVE_INFINITY) * 4
  const text = reply.text.slice(0, charactersMax)
  const calls = reply.toolCalls ?? []
  const serial = options.prompt.length
  const content: LanguageModelV3Content[] = [
    ...(reply.sources ?? []).map((source, index) => ({
      type: 'source' as const,
      sourceType: 'url' as const,
      id: `source-${serial}-${index}`,
      ...source,
    })),
    ...(text === '' ? [] : [{ type: 'text' as const, text }]),
    ...calls.map(({ name, input }, index) => ({
      type: 'tool-call' as const,
      toolCallId: `call-${serial}-${index}`,
      toolName: name,
      input: JSON.stringify(input),
    })),
  ]
  const unified = calls.length > 0 ? 'tool-calls' : text.length < reply.text.length ? 'length' : 'stop'
  const written = text + calls.map(({ input }) => JSON.stringify(input)).join('')
  return { content, finishReason: { unified, raw: unified }, usage: usageOf(options, countTokens(written)) }
}

/** Providers cache the beginning of a prompt in blocks of this many tokens. */
const CACHE_BLOCK_TOKENS = 128

function usageOf({ prompt, tools = [] }: LanguageModelV3CallOptions, output: number): LanguageModelV3Usage {
  const total = countTokens(JSON.stringify([prompt, tools]))
  // A later step repeats the messages of the previous one.
  const isRepeat = prompt.some(({ role }) => role === 'assistant')
  const before = countTokens(JSON.stringify([prompt.slice(0, -2), tools]))
  const cacheRead = isRepeat ? Math.floor(before / CACHE_BLOCK_TOKENS) * CACHE_BLOCK_TOKENS : 0
  return {
    inputTokens: { total, noCache: total - cacheRead, cacheRead, cacheWrite: 0 },
    outputTokens: { total: output, text: output, reasoning: 0 },
  }
}

function turnOf({ prompt, tools = [], providerOptions }: LanguageModelV3CallOptions): Turn {
  const turn: Turn = {
    system: '',
    said: '',
    results: [],
    tools: tools.filter((tool) => tool.type === 'function'),
    searchesWeb: providerOptions?.[LOCAL]?.webSearch === true,
  }
  for (const message of prompt) {
    if (message.role === 'system') turn.system += message.content
    else if (message.role === 'user') {
      turn.said = message.content.map((part) => (part.type === 'text' ? part.text : '')).join(' ')
      turn.results = []
    } else if (message.role === 'tool')
      for (const part of message.content)
        if (part.type === 'tool-result')
          turn.results.push({
            name: part.toolName,
            output: 'value' in part.output ? part.output.value : part.output.reason,
          })
  }
  return turn
}

/** Words, each with its trailing space. */
const PIECES = /\S+\s*|\s+/g

function* partsOf({ content, finishReason, usage }: Answer): Generator<LanguageModelV3StreamPart> {
  yield { type: 'stream-start', warnings: [] }
  for (const part of content) {
    if (part.type !== 'text') {
      if (part.type === 'source' || part.type === 'tool-call') yield part
      continue
    }
    yield { type: 'text-start', id: 'text' }
    for (const [delta] of part.text.matchAll(PIECES)) yield { type: 'text-delta', id: 'text', delta }
    yield { type: 'text-end', id: 'text' }
  }
  yield { type: 'finish', finishReason, usage }
}

function streamOf(
  answer: Answer,
  paceMs: number,
  signal: AbortSignal | undefined,
): ReadableStream<LanguageModelV3StreamPart> {
  const parts = partsOf(answer)
  return new ReadableStream({
    async pull(controller) {
      try {
        const { value, done } = parts.next()
        if (value?.type === 'text-delta') await delay(paceMs, undefined, signal ? { signal } : {})
        signal?.throwIfAborted()
        if (done || !value) controller.close()
        else controller.enqueue(value)
      } catch (error) {
        controller.error(error)
      }
    },
  })
}
