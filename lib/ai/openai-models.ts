import { createOpenAI } from '@ai-sdk/openai'
import { tool } from 'ai'
import { z } from 'zod'
import type { OpenAiSettings } from '@/lib/env'
import type { Models } from './models'

/**
 * OpenAI's hosted web search. `openai.tools.webSearch()` is equivalent, but its type comes from another minor version
 * than `ai` accepts.
 */
const WEB_SEARCH = tool({
  type: 'provider',
  id: 'openai.web_search',
  args: {},
  inputSchema: z.object({}),
  outputSchema: z.unknown(),
})

/** Text, images and speech from OpenAI; operations it does not offer stay local. */
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
