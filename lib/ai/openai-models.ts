import { createOpenAI } from '@ai-sdk/openai'
import { tool } from 'ai'
import { z } from 'zod'
import type { OpenAiSettings } from '@/lib/env'
import type { Models } from './models'

/** Run by OpenAI. `openai.tools.webSearch()` is the same; its type is of another minor version than what `ai` takes. */
const WEB_SEARCH = tool({
  type: 'provider',
  id: 'openai.web_search',
  args: {},
  inputSchema: z.object({}),
  outputSchema: z.unknown(),
})

/** Text, images and speech from OpenAI, for everything it offers; the rest stays local. */
export function openaiModels(settings: OpenAiSettings, local: Models): Models {
  const { apiKey, baseUrl } = settings
  const openai = createOpenAI({ apiKey, ...(baseUrl === null ? {} : { baseURL: baseUrl }) })
  return {
    ...local,
    text(operation, { webSearch }) {
      const isAdvanced = operation === 'ai.advanced' || operation === 'editor.chat.expert'
      const model = openai.responses(isAdvanced ? settings.modelAdvanced : settings.model)
      return webSearch ? { model, searchTools: { web_search: WEB_SEARCH } } : { model }
    },
    image: (operation) => ({
      model: openai.image(settings.imageModel),
      providerOptions: { openai: { quality: operation === 'image.advanced' ? 'high' : 'medium' } },
    }),
    speech: () => openai.speech(settings.speechModel),
  }
}
