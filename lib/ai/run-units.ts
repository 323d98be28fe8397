import { experimental_generateVideo, generateImage, experimental_generateSpeech as generateSpeech } from 'ai'
import type { QuoteJson, UsageJson } from '@/lib/contract/metering'
import { type Emit, type Run, startRun } from './events'
import { mediaTypeOf } from './media-type'
import type { AiDeps, ImageOperation, VideoOperation } from './models'
import { type Action, captureUsage, releaseHold, reserve } from './reservation'
import { ceilingTokens, countTokens } from './tokens'

type UnitFields =
  | { operation: ImageOperation; prompt: string; images?: number | undefined }
  | { operation: VideoOperation; prompt: string; seconds: number }
  | { operation: 'speech.tts'; text: string }
  | { operation: 'web.extract'; urls: string[] }
/** Work priced by images, seconds, characters or pages. */
export type UnitRequest = Action<UnitFields>

/** Quotes the expected price of the work and the amount of its hold. Moves nothing. Throws `CreditsRefusal`. */
export async function quoteUnits(
  { credits }: Pick<AiDeps, 'credits'>,
  request: Pick<UnitRequest, 'payer'> & UnitFields,
): Promise<{ usual: QuoteJson; most: QuoteJson }> {
  const { payer, operation } = request
  const of = (tokens: (text: string) => number) =>
    credits.quote({ ...payer, operation, usage: usageOf(request, tokens) })
  const [usual, most] = await Promise.all([of(countTokens), of(ceilingTokens)])
  return { usual, most }
}

/**
 * Holds the price of the requested work, does it, and captures the actual usage; a failure or stop before that releases
 * the hold.
 */
export function runUnits(deps: AiDeps, request: UnitRequest): Run {
  return startRun(async (emit, signal, self) => {
    const usage = usageOf(request, ceilingTokens)
    const wanted = { operation: request.operation, usage, request: asked(request) }
    const reserved = await reserve(deps.credits, request, wanted, emit, self)
    if (reserved === null) return
    const made = await work(deps, request, { emit, signal })
    if (made.usage === null) {
      await releaseHold(deps.credits, reserved)
      emit({ type: 'failed', ...(signal.aborted ? STOPPED : FAILED), charged: false })
      return
    }
    const { isComplete } = made
    const captured = await captureUsage(
      deps.credits,
      reserved,
      { usage: made.usage, interrupted: !isComplete },
      emit,
    )
    if (!isComplete && captured && !signal.aborted) emit({ type: 'failed', ...FAILED, charged: true })
  }, request.signal)
}

const STOPPED = { reason: 'stopped', message: 'Stopped before any output. Nothing was charged.' } as const
const FAILED = { reason: 'model', message: 'The AI could not finish this.' } as const

function asked(request: UnitFields): unknown {
  switch (request.operation) {
    case 'speech.tts':
      return request.text
    case 'web.extract':
      return request.urls
    case 'video.standard':
    case 'video.advanced':
      return [request.prompt, request.seconds]
    default:
      return [request.prompt, request.images ?? 1]
  }
}

function usageOf(request: UnitFields, tokens: (text: string) => number): UsageJson {
  switch (request.operation) {
    case 'speech.tts':
      return { characters: charactersOf(request.text) }
    case 'web.extract':
      return { pages: request.urls.length }
    case 'video.standard':
    case 'video.advanced':
      return { seconds: request.seconds, inputTokens: tokens(request.prompt) }
    default:
      return { images: request.images ?? 1, inputTokens: tokens(request.prompt) }
  }
}

/** Counts code points, so that a character outside the basic plane counts once. */
function charactersOf(text: string): number {
  return [...text].length
}

type Scene = { emit: Emit; signal: AbortSignal }
/** `usage` is null if the work produced nothing. */
type Made = { usage: UsageJson | null; isComplete: boolean }

async function work(deps: AiDeps, request: UnitRequest, scene: Scene): Promise<Made> {
  if (request.operation === 'web.extract') return readPages(deps, request.urls, scene)
  try {
    return { usage: await generate(deps, request, scene), isComplete: true }
  } catch (error) {
    if (!scene.signal.aborted) console.error(`${request.operation} failed: ${error}`)
    return { usage: null, isComplete: false }
  }
}

type Generated = Exclude<UnitRequest, { operation: 'web.extract' }>

/** The usage of the results already emitted: the provider's count, or else the requested amount. */
async function generate({ models }: AiDeps, request: Generated, { emit, signal }: Scene): Promise<UsageJson> {
  const tell = (file: { uint8Array: Uint8Array; base64: string; mediaType: string }) =>
    emit({ type: 'media', mediaType: mediaTypeOf(file), base64: file.base64 })
  switch (request.operation) {
    case 'speech.tts': {
      const { audio } = await generateSpeech({
        model: models.speech(),
        text: request.text,
        abortSignal: signal,
      })
      tell(audio)
      return usageOf(request, countTokens)
    }
    case 'video.standard':
    case 'video.advanced': {
      const { prompt, seconds } = request
      const model = models.video(request.operation)
      const { videos } = await experimental_generateVideo({
        model,
        prompt,
        duration: seconds,
        abortSignal: signal,
      })
      videos.forEach(tell)
      return usageOf(request, countTokens)
    }
    default: {
      const { prompt, images: n = 1 } = request
      const asked = { ...models.image(request.operation), prompt, n, abortSignal: signal }
      const { images, usage } = await generateImage(asked)
      images.forEach(tell)
      return { images: images.length, inputTokens: usage.inputTokens ?? countTokens(prompt) }
    }
  }
}

/** Charges each page that was read, whatever happened to the others. */
async function readPages({ models }: AiDeps, urls: string[], { emit, signal }: Scene): Promise<Made> {
  let pages = 0
  for (const url of urls) {
    if (signal.aborted) break
    try {
      emit({ type: 'page', ...(await models.readPage(url, signal)) })
      pages += 1
    } catch (error) {
      if (!signal.aborted) console.error(`a page could not be read: ${error}`)
    }
  }
  return { usage: pages === 0 ? null : { pages }, isComplete: pages === urls.length }
}
