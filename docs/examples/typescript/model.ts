import { openai } from '@ai-sdk/openai'
import type { LanguageModel } from 'ai'
import { localModels } from '@/lib/ai/local/local-models'

/** Your model. Without an OpenAI key, one that runs locally, so that the examples need no network. */
const local = localModels({ paceMs: 5 })

export function textModel(search: boolean) {
  if (!process.env.OPENAI_API_KEY) return local.text('ai.standard', { webSearch: search })
  const model: LanguageModel = openai('gpt-5-mini')
  return { model }
}

export function imageModel() {
  return process.env.OPENAI_API_KEY ? openai.image('gpt-image-1') : local.image('image.standard').model
}

export function speechModel() {
  return process.env.OPENAI_API_KEY ? openai.speech('gpt-4o-mini-tts') : local.speech()
}
