import { type Catalog, findOperation, isOpenTier } from '@/lib/catalog'
import { type Price, premiumBpsFor, priceUsage, type Usage } from '@/lib/pricing'

/** One use of an operation, with its price in one's own app and in another creator's. */
export type Shape = { operation: string; usage: Usage; own: Price; others: Price }

/** A session repeats one operation in a few sizes; its weight is out of 32. */
const SESSIONS: { operation: string; weight: number; usages: [Usage, Usage, Usage, Usage] }[] = [
  {
    operation: 'editor.chat.fast',
    weight: 4,
    usages: [
      { inputTokens: 6_000, outputTokens: 900, toolCalls: 1 },
      { inputTokens: 24_000, cachedInputTokens: 18_000, outputTokens: 2_400, toolCalls: 4 },
      { inputTokens: 40_120, cachedInputTokens: 31_000, outputTokens: 1_333, toolCalls: 6 },
      { inputTokens: 9_500, outputTokens: 5_250, toolCalls: 2 },
    ],
  },
  {
    operation: 'editor.chat.expert',
    weight: 1,
    usages: [
      { inputTokens: 12_000, outputTokens: 1_800, toolCalls: 2 },
      { inputTokens: 30_000, cachedInputTokens: 22_500, outputTokens: 3_100, toolCalls: 5 },
      { inputTokens: 8_040, outputTokens: 2_222, toolCalls: 1 },
      { inputTokens: 18_000, cachedInputTokens: 9_000, outputTokens: 4_000, toolCalls: 3 },
    ],
  },
  {
    operation: 'ai.standard',
    weight: 14,
    usages: [
      { inputTokens: 400, outputTokens: 220 },
      { inputTokens: 2_600, cachedInputTokens: 2_000, outputTokens: 810 },
      { inputTokens: 7_133, outputTokens: 1_411 },
      { inputTokens: 900, outputTokens: 300, webSearch: true },
    ],
  },
  {
    operation: 'ai.advanced',
    weight: 5,
    usages: [
      { inputTokens: 1_200, outputTokens: 640 },
      { inputTokens: 6_001, outputTokens: 1_999 },
      { inputTokens: 3_000, cachedInputTokens: 2_400, outputTokens: 250 },
      { inputTokens: 2_048, outputTokens: 512, webSearch: true },
    ],
  },
  { operation: 'web.extract', weight: 4, usages: [{ pages: 1 }, { pages: 2 }, { pages: 1 }, { pages: 5 }] },
  {
    operation: 'image.standard',
    weight: 1,
    usages: [
      { images: 1 },
      { images: 2, inputTokens: 1_400 },
      { images: 1, inputTokens: 2_003 },
      { images: 4 },
    ],
  },
  {
    operation: 'image.advanced',
    weight: 1,
    usages: [
      { images: 1 },
      { images: 1, inputTokens: 1_777 },
      { images: 2 },
      { images: 1, inputTokens: 3_000 },
    ],
  },
  {
    operation: 'speech.tts',
    weight: 2,
    usages: [{ characters: 480 }, { characters: 2_333 }, { characters: 7_900 }, { characters: 1_000 }],
  },
]

/** The shapes of each kind of session, four in a row, and each plan's sessions by weight. */
export type Shapes = { shapes: Shape[]; sessions: { free: number[]; paid: number[] } }

export const USAGES_A_SESSION = 4

/** Prices every shape with the code that charges. An operation missing from the catalogue is left out. */
export function priceShapes(version: Catalog): Shapes {
  const shapes: Shape[] = []
  const sessions: Shapes['sessions'] = { free: [], paid: [] }
  for (const { operation: key, weight, usages } of SESSIONS) {
    const operation = findOperation(version, key)
    if (!operation) continue
    const session = shapes.length / USAGES_A_SESSION
    const bps = premiumBpsFor({ version, operation, inOthersApp: true })
    for (const usage of usages) {
      const own = priceUsage({ version, operation, usage, premiumBps: 0 })
      shapes.push({
        operation: key,
        usage,
        own,
        others: priceUsage({ version, operation, usage, premiumBps: bps }),
      })
    }
    const repeated = Array.from({ length: weight }, () => session)
    if (isOpenTier(version, operation.tier)) sessions.free.push(...repeated)
    sessions.paid.push(...repeated)
  }
  return { shapes, sessions }
}
