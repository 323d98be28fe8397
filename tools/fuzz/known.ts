import { testDocument } from '@/lib/catalog/two-versions.test-support'
import type { Known } from './values'

const ID = /\b(usr|app|hld|chg|grt|run|whe|evt)_[0-9a-f]{32}\b/g
const VERSION = /"version":(\d+),"state":"(?:draft|scheduled)"/g
const CURSOR = /"nextCursor":"([^"]+)"/

/** The maximum number of values kept per kind; the oldest is dropped. */
const KEPT_MAX = 200

/** Sensible usages, and a usage of an unknown operation. */
const USES: Record<string, object[]> = {
  'web.extract': [{ pages: 1 }, { pages: 3 }],
  'ai.standard': [
    { inputTokens: 1_200, outputTokens: 300 },
    { inputTokens: 2_000, cachedInputTokens: 500, outputTokens: 10, webSearch: true },
  ],
  'ai.advanced': [{ inputTokens: 900, outputTokens: 90 }],
  'editor.chat.fast': [{ inputTokens: 5_000, outputTokens: 900, toolCalls: 3 }],
  'image.standard': [{ images: 1 }, { images: 2, inputTokens: 1_500 }],
  'video.standard': [{ seconds: 1.5, inputTokens: 1_333 }],
  'speech.tts': [{ characters: 900 }],
  'no.such': [{}],
}
const OPERATIONS = Object.keys(USES)

/** The names that requests can use: the prepared people and apps, and everything named in answers since. */
export class Pools implements Known {
  private readonly pools = new Map<string, unknown[]>([
    ['operation', OPERATIONS],
    ['usage', Object.values(USES).flat()],
    ['amount', [1, 2.5, 8, 0.001, 100]],
    ['limit', [1, 10, 50]],
    ['expiresInSeconds', [1, 60, 900]],
    ['cap', [10, 50, 1_000]],
    ['scope', ['account', 'editor']],
    ['window', ['day', 'week', 'month']],
    ['url', ['http://127.0.0.1:9/', 'https://127.0.0.1:9/hook']],
    ['pack', ['small', 'medium', 'large', 'none']],
    ['n', ['1', '2', '3']],
    ['document', [testDocument()]],
    [
      'effectiveFrom',
      Array.from({ length: 40 }, (_, day) => new Date(Date.UTC(2090, 0, day + 1)).toISOString()),
    ],
    // The stored revision, or an old one.
    ['revision', [1, 2]],
    ['page', ['credits', 'usage', 'billing', 'rewards', 'apps']],
  ])

  add(kind: string, value: unknown): void {
    const pool = this.pools.get(kind) ?? []
    if (pool.includes(value)) return
    pool.push(value)
    if (pool.length > KEPT_MAX) pool.shift()
    this.pools.set(kind, pool)
  }

  pick(field: string, dice: number): unknown {
    const pool = this.pools.get(field)
    return pool && pool.length > 0 ? pool[dice % pool.length] : undefined
  }

  /** Makes related fields consistent, as a careful caller would. */
  agree(body: object, dice: number): object {
    const agreed: Record<string, unknown> = { ...body }
    if ('appToken' in agreed && dice % 4 > 0) delete agreed.appToken
    if ('appToken' in agreed) {
      delete agreed.user
      delete agreed.app
    } else if (!('user' in agreed)) agreed.user = this.pick('user', dice)
    const fitting = USES[String(agreed.operation)]
    if ('usage' in agreed && fitting) agreed.usage = fitting[dice % fitting.length]
    return agreed
  }

  learnFrom(text: string): void {
    const kinds = {
      usr: 'user',
      app: 'app',
      hld: 'hold',
      chg: 'charge',
      grt: 'grant',
      run: 'run',
      whe: 'webhook-endpoint',
      evt: 'event',
    } as const
    for (const [id, kind] of text.matchAll(ID)) this.add(kinds[kind as keyof typeof kinds], id)
    for (const [, version = ''] of text.matchAll(VERSION)) this.add('n', version)
    const cursor = CURSOR.exec(text)?.[1]
    if (cursor) this.add('cursor', cursor)
  }
}
