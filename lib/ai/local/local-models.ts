import { setTimeout as delay } from 'node:timers/promises'
import type { ImageModelV3 } from '@ai-sdk/provider'
import type { Models } from '../models'
import { countTokens } from '../tokens'
import { editorReply } from './editor'
import { LOCAL, localLanguageModel, type Reply, type Turn } from './language-model'
import { readLocalPage } from './pages'
import { drawPicture, drawVideo } from './picture'
import { speak } from './voice'
import { writerReply } from './writer'

const ADVANCED = new Set(['ai.advanced', 'editor.chat.expert', 'image.advanced', 'video.advanced'])

/** An image takes longer than a word. */
const PACES_PER_PICTURE = 40

/**
 * AI without a provider, for the demo, development and tests: deterministic, with plausible results and usage. `paceMs`:
 * the pause between two chunks of a stream.
 */
export function localModels({ paceMs }: { paceMs: number }): Models {
  const work = (signal: AbortSignal | undefined) =>
    delay(paceMs * PACES_PER_PICTURE, undefined, signal ? { signal } : {})
  const response = (modelId: string) => ({ timestamp: new Date(), modelId, headers: undefined })
  return {
    text(operation, { webSearch }) {
      const isAdvanced = ADVANCED.has(operation)
      const answer = operation.startsWith('editor.') ? editorReply : writerReply
      const reply = (turn: Turn): Reply => answer(turn, isAdvanced)
      return {
        model: localLanguageModel({ modelId: `local ${operation}`, reply, paceMs }),
        providerOptions: { [LOCAL]: { webSearch } },
      }
    },
    image(operation) {
      const modelId = `local ${operation}`
      const isAdvanced = ADVANCED.has(operation)
      const model: ImageModelV3 = {
        specificationVersion: 'v3',
        provider: LOCAL,
        modelId,
        maxImagesPerCall: 10,
        async doGenerate({ prompt = '', n, abortSignal }) {
          await work(abortSignal)
          const images = Array.from({ length: n }, (_, index) =>
            Buffer.from(drawPicture({ prompt, isAdvanced, index })),
          )
          const inputTokens = countTokens(prompt)
          const usage = { inputTokens, outputTokens: undefined, totalTokens: inputTokens }
          return { images, warnings: [], response: response(modelId), usage }
        },
      }
      return { model }
    },
    video(operation) {
      const modelId = `local ${operation}`
      const isAdvanced = ADVANCED.has(operation)
      return {
        specificationVersion: 'v3',
        provider: LOCAL,
        modelId,
        maxVideosPerCall: 1,
        async doGenerate({ prompt = '', duration = 1, abortSignal }) {
          await work(abortSignal)
          const data = Buffer.from(drawVideo({ prompt, isAdvanced, index: 0, seconds: duration }))
          const videos = [{ type: 'binary' as const, data, mediaType: 'image/svg+xml' }]
          return { videos, warnings: [], response: response(modelId) }
        },
      }
    },
    speech() {
      const modelId = 'local speech.tts'
      return {
        specificationVersion: 'v3',
        provider: LOCAL,
        modelId,
        async doGenerate({ text, abortSignal }) {
          await work(abortSignal)
          return { audio: speak(text), warnings: [], response: response(modelId) }
        },
      }
    },
    async readPage(url, signal) {
      await work(signal)
      return readLocalPage(url)
    },
  }
}
