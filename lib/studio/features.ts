import type { TextRequest, UnitRequest } from '@/lib/ai/metered'
import { type AppKind, PROMPT_LENGTH_MAX } from './choices'
import type { Design } from './design'
import type { ItemKind } from './item'

/** An AI action of an app, started by a button. */
export type Feature = {
  key: string
  app: AppKind
  operation: Work['operation']
  webSearch?: true
  makes: ItemKind
  /** The name of the choice, the button's label, and the label while it runs. */
  label: string
  verb: string
  busy: string
  /** The input's label; null for the one that the app's creator chose. */
  asks: string | null
}

type Work =
  | { operation: 'ai.standard' | 'ai.advanced' }
  | { operation: 'web.extract' | 'speech.tts' }
  | { operation: 'image.standard' | 'image.advanced' | 'video.standard' | 'video.advanced' }

/** Long enough to show something, cheap enough to try. */
const VIDEO_SECONDS = 2

export const FEATURES: readonly Feature[] = [
  {
    key: 'write',
    app: 'text',
    operation: 'ai.standard',
    makes: 'text',
    label: 'Write',
    verb: 'Write',
    busy: 'Writing…',
    asks: null,
  },
  {
    key: 'write-advanced',
    app: 'text',
    operation: 'ai.advanced',
    makes: 'text',
    label: 'Write, advanced',
    verb: 'Write with the advanced model',
    busy: 'Writing…',
    asks: null,
  },
  {
    key: 'search',
    app: 'text',
    operation: 'ai.standard',
    webSearch: true,
    makes: 'text',
    label: 'Search the web',
    verb: 'Search and write',
    busy: 'Searching…',
    asks: 'What should be looked up?',
  },
  {
    key: 'read',
    app: 'text',
    operation: 'web.extract',
    makes: 'text',
    label: 'Read a page',
    verb: 'Read the page',
    busy: 'Reading…',
    asks: 'https://example.com/article',
  },
  {
    key: 'image',
    app: 'media',
    operation: 'image.standard',
    makes: 'image',
    label: 'Picture',
    verb: 'Make a picture',
    busy: 'Drawing…',
    asks: null,
  },
  {
    key: 'image-advanced',
    app: 'media',
    operation: 'image.advanced',
    makes: 'image',
    label: 'Picture, advanced',
    verb: 'Make an advanced picture',
    busy: 'Drawing…',
    asks: null,
  },
  {
    key: 'speech',
    app: 'media',
    operation: 'speech.tts',
    makes: 'speech',
    label: 'Voice',
    verb: 'Read it aloud',
    busy: 'Speaking…',
    asks: 'What should be said?',
  },
  {
    key: 'video',
    app: 'media',
    operation: 'video.standard',
    makes: 'video',
    label: 'Video',
    verb: `Make a clip of ${VIDEO_SECONDS} seconds`,
    busy: 'Filming…',
    asks: null,
  },
  {
    key: 'video-advanced',
    app: 'media',
    operation: 'video.advanced',
    makes: 'video',
    label: 'Video, advanced',
    verb: `Make an advanced clip of ${VIDEO_SECONDS} seconds`,
    busy: 'Filming…',
    asks: null,
  },
]

export function featuresOf(kind: AppKind): Feature[] {
  return FEATURES.filter(({ app }) => app === kind)
}

/** The maximum length of an answer, about a page of text. */
const OUTPUT_TOKENS_MAX = 600

type Asked<Request> = Request extends unknown ? Omit<Request, 'payer' | 'action'> : never
/** A request to the AI in the form of `lib/ai`, without the payer. */
export type FeatureWork =
  | { by: 'text'; request: Asked<TextRequest> }
  | { by: 'units'; request: Asked<UnitRequest> }

export function workOf(
  feature: Feature,
  prompt: string,
  design: Pick<Design, 'name' | 'tagline'>,
): FeatureWork {
  const { operation, webSearch = false } = feature
  switch (operation) {
    case 'ai.standard':
    case 'ai.advanced':
      return {
        by: 'text',
        request: {
          operation,
          system: `You are the app “${design.name}”: ${design.tagline} Answer with the text that was asked for and nothing else.`,
          messages: [{ role: 'user', content: prompt }],
          webSearch,
          maxOutputTokens: OUTPUT_TOKENS_MAX,
        },
      }
    case 'web.extract':
      return { by: 'units', request: { operation, urls: [prompt] } }
    case 'speech.tts':
      return { by: 'units', request: { operation, text: prompt } }
    case 'video.standard':
    case 'video.advanced':
      return { by: 'units', request: { operation, prompt, seconds: VIDEO_SECONDS } }
    case 'image.standard':
    case 'image.advanced':
      return { by: 'units', request: { operation, prompt } }
    default:
      return operation satisfies never
  }
}

/** The reason a prompt is refused, worded for its author; null if it is accepted. */
export function refusePrompt(feature: Feature, prompt: string): string | null {
  if (prompt === '') return 'Describe what you want first.'
  if (prompt.length > PROMPT_LENGTH_MAX) return `At most ${PROMPT_LENGTH_MAX} characters.`
  if (feature.operation !== 'web.extract') return null
  const isPage = URL.canParse(prompt) && /^https?:$/.test(new URL(prompt).protocol)
  return isPage ? null : 'Enter the address of a page, such as https://example.com/article.'
}
