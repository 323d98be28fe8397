import type { Habit } from './plan-uses'
import type { Random } from './random'

export const STORY_STUDIO = 'story-studio'
export const PAGE_READER = 'page-reader'

type Where = string | null
type More = Pick<Habit, 'variants' | 'hold'>

/** Sizes are those of ordinary requests, so that totals are within the ranges of the price table. */
const text = (random: Random) => ({
  inputTokens: random.between(400, 5_000),
  outputTokens: random.between(150, 1_500),
})
const longText = (random: Random) => ({
  inputTokens: random.between(1_000, 6_000),
  outputTokens: random.between(500, 2_800),
})
const search = (random: Random) => ({ ...text(random), webSearch: true })
const turn = (random: Random) => {
  const inputTokens = random.between(9_000, 48_000)
  const cachedInputTokens = Math.floor(inputTokens * (0.4 + random.next() * 0.4))
  return {
    inputTokens,
    cachedInputTokens,
    outputTokens: random.between(2_000, 9_000),
    toolCalls: random.between(1, 12),
  }
}

export const chat = (share: number, app: Where, more: More = {}): Habit => ({
  share,
  operation: 'editor.chat.fast',
  app,
  usage: turn,
  ...more,
})

export const expertChat = (share: number, app: Where, more: More = {}): Habit => ({
  share,
  operation: 'editor.chat.expert',
  app,
  usage: turn,
  ...more,
})

export const standardText = (share: number, app: Where, more: More = {}): Habit => ({
  share,
  operation: 'ai.standard',
  app,
  usage: text,
  ...more,
})

export const advancedText = (share: number, app: Where): Habit => ({
  share,
  operation: 'ai.advanced',
  app,
  usage: longText,
})

export const webSearch = (share: number, app: Where): Habit => ({
  share,
  operation: 'ai.standard',
  app,
  usage: search,
})

export const readPages = (share: number, app: Where, more: More = {}): Habit => ({
  share,
  operation: 'web.extract',
  app,
  usage: (random) => ({ pages: random.between(1, 4) }),
  ...more,
})

export const images = (share: number, app: Where, tier: 'standard' | 'advanced' = 'standard'): Habit => ({
  share,
  operation: `image.${tier}`,
  app,
  usage: (random) => ({
    images: random.between(1, tier === 'standard' ? 3 : 2),
    inputTokens: random.between(60, 1_400),
  }),
})

export const video = (share: number, app: Where, tier: 'standard' | 'advanced' = 'standard'): Habit => ({
  share,
  operation: `video.${tier}`,
  app,
  usage: (random) => ({ seconds: random.between(3, tier === 'standard' ? 9 : 5) / 2 }),
  hold: 'spare',
})

export const speech = (share: number, app: Where): Habit => ({
  share,
  operation: 'speech.tts',
  app,
  usage: (random) => ({ characters: random.between(400, 5_500) }),
})
