import { createHash } from 'node:crypto'
import { type LanguageModelUsage, type ModelMessage, stepCountIs, streamText, type ToolSet } from 'ai'
import { type Charge, credits, type Hold, type Quote, Refused, type Usage } from './credits'
import { textModel } from './model'

export type Turn = {
  /** From `exchange`, kept by your server. */
  appToken: string
  /** Your id for one press of the button; unchanged when that press is retried. */
  action: string
  messages: ModelMessage[]
  tools?: ToolSet
  search?: boolean
  /** Aborted when the person leaves or presses Stop. */
  signal?: AbortSignal
  /** Where the answer is streamed to. */
  write(piece: string): void
}
export type Answer = { text: string; charge: Charge }

const MAX_OUTPUT_TOKENS = 800
const MAX_STEPS = 4

/** The most one turn can use, which is reserved. Reserving a little too much costs nothing: the capture frees the rest. */
function most({ messages, tools, search = false }: Pick<Turn, 'messages' | 'tools' | 'search'>): Usage {
  const steps = tools ? MAX_STEPS : 1
  const inputTokens = Math.ceil(JSON.stringify(messages).length / 3) + 500
  return { inputTokens: inputTokens * steps, outputTokens: MAX_OUTPUT_TOKENS * steps, webSearch: search }
}

/** The price to show beside the button before it is pressed. */
export function quote({ appToken, ...turn }: Pick<Turn, 'appToken' | 'messages' | 'tools' | 'search'>) {
  return credits<Quote>('POST', '/quotes', {
    body: { appToken, operation: 'ai.standard', usage: most(turn) },
  })
}

/** Stands in for your database: the answer to each action. */
const answers = new Map<string, Answer>()

/** Reserve, work, charge what the provider reports. */
export async function chat(turn: Turn): Promise<Answer> {
  const { appToken, action, messages, search = false } = turn
  const before = answers.get(action)
  if (before) return before

  const hold = await credits<Hold>('POST', '/holds', {
    key: `${action} hold`,
    body: {
      appToken,
      operation: 'ai.standard',
      usage: most(turn),
      limit: 100, // never more than this, whatever happens
      reference: action,
      fingerprint: createHash('sha256')
        .update(JSON.stringify([messages, search]))
        .digest('hex'),
    },
  })

  const { text, usage, failure } = await answer(turn)
  if (usage.outputTokens === 0) {
    // There was no output: free the reserved credits. If this fails too, the hold expires on its own.
    await credits('POST', `/holds/${hold.id}/release`, { key: `${action} release`, body: {} })
    throw failure ?? new Error('stopped before any output')
  }
  // Even after a failure midway, or if the person has left, actual usage is charged.
  const made = { text, charge: await capture(hold, usage, action) }
  answers.set(action, made)
  return made
}

/** Runs the model with its tools. Usage is the sum of all steps, as the provider counts them. */
async function answer({ messages, tools, search = false, signal, write }: Turn) {
  const usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, webSearch: false }
  let text = ''
  let uncounted = ''
  let failure: unknown = null
  const result = streamText({
    ...textModel(search),
    messages,
    maxOutputTokens: MAX_OUTPUT_TOKENS,
    stopWhen: stepCountIs(MAX_STEPS),
    onError: () => undefined, // the stream reports the error
    ...(tools && { tools }),
    ...(signal && { abortSignal: signal }),
  })
  for await (const part of result.fullStream) {
    if (part.type === 'text-delta') {
      text += part.text
      uncounted += part.text
      write(part.text)
    } else if (part.type === 'source') usage.webSearch = true
    else if (part.type === 'error') failure = part.error
    else if (part.type === 'finish-step') {
      addStep(usage, part.usage)
      uncounted = ''
    }
  }
  // The provider never counted a step that was cut off; a token is about four characters.
  if (uncounted !== '') {
    usage.inputTokens += Math.ceil(JSON.stringify(messages).length / 4)
    usage.outputTokens += Math.ceil(uncounted.length / 4)
  }
  return { text, usage, failure }
}

function addStep(
  usage: { inputTokens: number; cachedInputTokens: number; outputTokens: number },
  step: LanguageModelUsage,
) {
  usage.inputTokens += step.inputTokens ?? 0
  usage.cachedInputTokens += step.inputTokenDetails.cacheReadTokens ?? 0
  usage.outputTokens += step.outputTokens ?? 0
}

/** Charges once. If your server died after charging and the action ran again, the first charge stands. */
async function capture(hold: Hold, usage: Usage, action: string): Promise<Charge> {
  try {
    return await credits('POST', `/holds/${hold.id}/capture`, { key: `${action} capture`, body: { usage } })
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.existing === undefined) throw error
    return credits('GET', `/charges/${error.problem.existing}`)
  }
}
