import { type ModelMessage, streamText, type TextStreamPart, type ToolSet } from 'ai'
import type { QuoteJson, UsageJson } from '@/lib/contract/metering'
import type { ProblemJson } from '@/lib/contract/problems'
import { CreditsRefusal } from './credits-client'
import { type Emit, type Run, startRun } from './events'
import type { AiDeps } from './models'
import { type Action, captureUsage, type Reserved, releaseHold, reserve } from './reservation'
import { RunningCost } from './running-cost'
import { type TextOperation, TextUsage, usageFor, usageWithNextStep } from './text-usage'
import { ceilingTokens, countTokens } from './tokens'

type TextFields = {
  operation: TextOperation
  /** The platform's system prompt; it never contains the person's words. */
  system?: string | undefined
  messages: ModelMessage[]
  /** The tools that the model may call; each call is a step of the same action. */
  tools?: ToolSet | undefined
  /** Lets the model search the web; the surcharge applies only if it did. */
  webSearch?: boolean | undefined
  /** The output limit of each step. */
  maxOutputTokens?: number | undefined
  maxSteps?: number | undefined
}
/** One answer from a language model, with all its steps. */
export type TextRequest = Action<TextFields>

const OUTPUT_TOKENS_DEFAULT = 800
const STEPS_DEFAULT = 8
/** The number of tools that a model usually calls at the same time. Further calls are charged if the balance covers them. */
const TOOL_CALLS_PER_STEP = 3
/** The tokens of a tool's name, description and schema, as providers count them. */
const TOKENS_PER_TOOL = 150
/** A typical answer is a third of the maximum length. */
const USUAL_PART = 3

/** Quotes the expected price of an action and the amount of its hold. Moves nothing. Throws `CreditsRefusal`. */
export async function quoteText(
  { credits }: Pick<AiDeps, 'credits'>,
  request: Pick<TextRequest, 'payer'> & TextFields,
): Promise<{ usual: QuoteJson; most: QuoteJson }> {
  const { payer, operation } = request
  const plan = planOf(request)
  const of = (outputTokens: number, inputTokens: number) =>
    credits.quote({ ...payer, operation, usage: firstStep(request, { ...plan, outputTokens, inputTokens }) })
  const [usual, most] = await Promise.all([
    of(Math.ceil(plan.maxOutputTokens / USUAL_PART), plan.promptTokens),
    of(plan.maxOutputTokens, plan.promptTokensMax),
  ])
  return { usual, most }
}

/**
 * Generates text and calls tools on the way: holds the maximum price of the first step, extends the hold before each
 * further step, and captures the usage that the provider reports. A failure or stop before the first output releases the
 * hold; after it, the usage so far is charged.
 */
export function runText(deps: AiDeps, request: TextRequest): Run {
  return startRun(async (emit, signal, self) => {
    const plan = planOf(request)
    const { operation } = request
    const usage = firstStep(request, {
      ...plan,
      inputTokens: plan.promptTokensMax,
      outputTokens: plan.maxOutputTokens,
    })
    const wanted = { operation, usage, request: asked(request) }
    const reserved = await reserve(deps.credits, request, wanted, emit, self)
    if (reserved !== null) await answer(deps, request, { plan, reserved, emit, signal })
  }, request.signal)
}

type Plan = { promptTokens: number; promptTokensMax: number; maxOutputTokens: number }

function planOf({ system = '', messages, tools = {}, maxOutputTokens }: TextFields): Plan {
  const prompt = messages.map(({ content }) =>
    typeof content === 'string' ? content : JSON.stringify(content),
  )
  const toolTokens = Object.keys(tools).length * TOKENS_PER_TOOL
  return {
    promptTokens: countTokens([system, ...prompt].join('')) + toolTokens,
    promptTokensMax: ceilingTokens(system, ...prompt) + toolTokens,
    maxOutputTokens: maxOutputTokens ?? OUTPUT_TOKENS_DEFAULT,
  }
}

function firstStep(
  { operation, tools, webSearch = false }: TextFields,
  { inputTokens, outputTokens }: { inputTokens: number; outputTokens: number },
): UsageJson {
  const toolCalls = tools === undefined ? 0 : TOOL_CALLS_PER_STEP
  return usageFor(operation, { inputTokens, cachedInputTokens: 0, outputTokens, toolCalls, webSearch })
}

/** The fields by which two requests count as identical. */
function asked({ system, messages, tools, webSearch, maxOutputTokens, maxSteps }: TextFields): unknown {
  return [system, messages, Object.keys(tools ?? {}), webSearch ?? false, maxOutputTokens, maxSteps]
}

type Scene = { plan: Plan; reserved: Reserved; emit: Emit; signal: AbortSignal }

async function answer(deps: AiDeps, request: TextRequest, scene: Scene): Promise<void> {
  const { reserved, emit, signal } = scene
  const { credits } = deps
  const usage = new TextUsage(request.operation, scene.plan.promptTokens)
  const cost = new RunningCost(credits, request, emit)
  const extension = new Extension(deps, request, scene)
  const failure = await stream(deps, request, {
    signal,
    maxOutputTokens: scene.plan.maxOutputTokens,
    mustStop: (steps) => extension.isRefused(steps),
    onPart: (part) => {
      take(part, usage, emit)
      cost.follow(usage.current())
    },
  })
  await cost.close()
  if (extension.refusal !== null) emit({ type: 'refused', problem: extension.refusal })
  const isCutOff = failure !== null || signal.aborted
  if (isCutOff && !usage.hasOutput) {
    await releaseHold(credits, reserved)
    emit(failure === null ? STOPPED : { ...FAILED, charged: false })
    return
  }
  const captured = await captureUsage(
    credits,
    reserved,
    { usage: usage.current(), interrupted: isCutOff },
    emit,
  )
  if (failure !== null && captured) emit({ ...FAILED, charged: true })
}

const STOPPED = {
  type: 'failed',
  reason: 'stopped',
  message: 'Stopped before any output. Nothing was charged.',
  charged: false,
} as const
const FAILED = { type: 'failed', reason: 'model', message: 'The AI could not finish this.' } as const

type StreamOptions = {
  signal: AbortSignal
  maxOutputTokens: number
  mustStop(steps: Parameters<typeof usageWithNextStep>[1]): Promise<boolean>
  onPart(part: TextStreamPart<ToolSet>): void
}

/** Runs the model to the end. Returns its error; null if it succeeded or was stopped. */
async function stream(deps: AiDeps, request: TextRequest, options: StreamOptions): Promise<unknown> {
  const { system, messages, tools = {}, webSearch = false, maxSteps = STEPS_DEFAULT } = request
  let failure: unknown = null
  try {
    const { model, searchTools, providerOptions } = deps.models.text(request.operation, { webSearch })
    const result = streamText({
      model,
      messages,
      tools: { ...tools, ...searchTools },
      maxOutputTokens: options.maxOutputTokens,
      abortSignal: options.signal,
      stopWhen: async ({ steps }) => steps.length >= maxSteps || (await options.mustStop(steps)),
      // The stream reports the error itself; without this handler the SDK would print it as well.
      onError: () => undefined,
      ...(system === undefined ? {} : { system }),
      ...(providerOptions === undefined ? {} : { providerOptions }),
    })
    for await (const part of result.fullStream) {
      if (part.type === 'error') failure = part.error
      else options.onPart(part)
    }
  } catch (error) {
    failure = error
  }
  if (options.signal.aborted) return null
  if (failure !== null) console.error(`${request.operation} failed: ${failure}`)
  return failure
}

/** Adds one part of the stream to the usage and emits the visible events. */
function take(part: TextStreamPart<ToolSet>, usage: TextUsage, emit: Emit): void {
  switch (part.type) {
    case 'start-step':
      usage.startStep()
      break
    case 'text-delta':
      if (part.text === '') break
      usage.addText(part.text)
      emit({ type: 'text', text: part.text })
      break
    case 'reasoning-delta':
      usage.addText(part.text)
      break
    case 'source':
      usage.noteSearch()
      if (part.sourceType === 'url') emit({ type: 'source', url: part.url, title: part.title ?? part.url })
      break
    case 'tool-call':
      // The provider's own web search is priced by the surcharge.
      if (part.providerExecuted) usage.noteSearch()
      else usage.addToolCall(part.input)
      break
    case 'tool-result':
      usage.addToolResult(part.output)
      if (part.providerExecuted) break
      emit({ type: 'tool', name: part.toolName, input: part.input, output: part.output })
      break
    case 'tool-error': {
      const error = part.error instanceof Error ? part.error.message : String(part.error)
      usage.addToolResult(error)
      emit({ type: 'tool', name: part.toolName, input: part.input, error })
      break
    }
    case 'finish-step':
      usage.finishStep(part.usage)
      break
    default:
      break
  }
}

/** Makes sure, before each further step, that the whole step can be paid. */
class Extension {
  refusal: ProblemJson | null = null

  constructor(
    readonly deps: AiDeps,
    readonly request: TextRequest,
    readonly scene: Scene,
  ) {}

  async isRefused(steps: Parameters<typeof usageWithNextStep>[1]): Promise<boolean> {
    const { reserved, plan } = this.scene
    const usage = usageWithNextStep(this.request.operation, steps, {
      promptTokens: plan.promptTokens,
      maxOutputTokens: plan.maxOutputTokens,
      toolCalls: TOOL_CALLS_PER_STEP,
      webSearch: this.request.webSearch ?? false,
    })
    try {
      await this.deps.credits.extend(reserved.hold.id, { usage }, reserved.keys.extend(usage))
      return false
    } catch (error) {
      // Any other problem with the hold ends the run, because nobody would pay for more work.
      if (!(error instanceof CreditsRefusal)) throw error
      this.refusal = error.problem
      return true
    }
  }
}
