import { describe, expect, test } from 'vitest'
import { CATALOG_DATA } from './catalog-data'
import { CatalogError } from './checks'
import { loadCatalog } from './load-catalog'
import type { CatalogData } from './types'

/** A deep copy whose fields can be changed. */
type Draft<T> = T extends object ? { -readonly [Key in keyof T]: Draft<T[Key]> } : T

function copyCatalog(): Draft<CatalogData> {
  return structuredClone(CATALOG_DATA) as Draft<CatalogData>
}

function refusalOf(spoil: (draft: Draft<CatalogData>) => void): CatalogError {
  const draft = copyCatalog()
  spoil(draft)
  try {
    loadCatalog(draft)
  } catch (error) {
    if (error instanceof CatalogError) return error
    throw error
  }
  throw new Error('the catalogue was accepted')
}

function operation(draft: Draft<CatalogData>, key: string) {
  const found = draft.priceVersions[0]?.operations.find((candidate) => candidate.key === key)
  if (!found) throw new Error(`no operation ${key}`)
  return found
}

function rate(draft: Draft<CatalogData>, key: string, field: 'inputTokens' | 'cachedInputTokens' | 'pages') {
  const found = operation(draft, key).rates[field]
  if (!found) throw new Error(`no rate ${field}`)
  return found
}

function first<T>(list: T[]): T {
  const [head] = list
  if (head === undefined) throw new Error('the list is empty')
  return head
}

function last<T>(list: T[]): T {
  return first(list.slice(-1))
}

/** Adds copies of version 1 with these start times. */
function addVersions(draft: Draft<CatalogData>, ...starts: (string | null)[]) {
  for (const effectiveFrom of starts) {
    const version = draft.priceVersions.length + 1
    draft.priceVersions.push({ ...structuredClone(first(draft.priceVersions)), version, effectiveFrom })
  }
}

const OPERATIONS = 'priceVersions[0].operations'

const REFUSALS: [why: string, field: string, spoil: (draft: Draft<CatalogData>) => void][] = [
  [
    'a negative rate',
    `${OPERATIONS}[5].rates.pages.amount`,
    (d) => (rate(d, 'web.extract', 'pages').amount = -1),
  ],
  ['a negative minimum', `${OPERATIONS}[2].minimum`, (d) => (operation(d, 'ai.standard').minimum = -2_000)],
  [
    'a negative surcharge',
    `${OPERATIONS}[4].surcharge`,
    (d) => (operation(d, 'ai.web_search').surcharge = -1),
  ],
  ['an empty surcharge', `${OPERATIONS}[4].surcharge`, (d) => (operation(d, 'ai.web_search').surcharge = 0)],
  [
    'a fraction of a millicredit',
    `${OPERATIONS}[2].rates.inputTokens.amount`,
    (d) => (rate(d, 'ai.standard', 'inputTokens').amount = 0.5),
  ],
  [
    'a rate that a double cannot represent exactly',
    `${OPERATIONS}[2].rates.inputTokens.amount`,
    (d) => (rate(d, 'ai.standard', 'inputTokens').amount = 2 ** 53),
  ],
  [
    'a rate that is not a number',
    `${OPERATIONS}[2].rates.inputTokens.amount`,
    (d) => (rate(d, 'ai.standard', 'inputTokens').amount = Number.NaN),
  ],
  [
    'a rate per 0 units',
    `${OPERATIONS}[2].rates.inputTokens.per`,
    (d) => (rate(d, 'ai.standard', 'inputTokens').per = 0),
  ],
  [
    'a rate per fraction of a unit',
    `${OPERATIONS}[2].rates.inputTokens.per`,
    (d) => (rate(d, 'ai.standard', 'inputTokens').per = 1.5),
  ],
  [
    'a negative included quantity',
    `${OPERATIONS}[6].rates.inputTokens.included`,
    (d) => (rate(d, 'image.standard', 'inputTokens').included = -1),
  ],
  [
    'a price whose largest usage is inexact',
    `${OPERATIONS}[5].rates`,
    (d) => (rate(d, 'web.extract', 'pages').amount = 10_000_000),
  ],
  ['a missing rate', `${OPERATIONS}[5].rates.pages`, (d) => delete operation(d, 'web.extract').rates.pages],
  [
    'one of several rates missing',
    `${OPERATIONS}[0].rates.toolCalls`,
    (d) => delete operation(d, 'editor.chat.fast').rates.toolCalls,
  ],
  [
    'a rate the operation does not price',
    `${OPERATIONS}[5].rates.images`,
    (d) => (operation(d, 'web.extract').rates.images = { amount: 1, per: 1 }),
  ],
  ['a use that could be free', `${OPERATIONS}[2].minimum`, (d) => (operation(d, 'ai.standard').minimum = 0)],
  [
    'cached tokens that cost more than other tokens',
    `${OPERATIONS}[2].rates.cachedInputTokens.amount`,
    (d) => (rate(d, 'ai.standard', 'cachedInputTokens').amount = 501),
  ],
  [
    'free tokens together with cached tokens',
    `${OPERATIONS}[2].rates.inputTokens.included`,
    (d) => (rate(d, 'ai.standard', 'inputTokens').included = 1),
  ],
  [
    'a surcharge that does not exist',
    `${OPERATIONS}[2].surchargedBy.webSearch`,
    (d) => (operation(d, 'ai.standard').surchargedBy = { webSearch: 'ai.gone' }),
  ],
  [
    'an operation in place of a surcharge',
    `${OPERATIONS}[2].surchargedBy.webSearch`,
    (d) => (operation(d, 'ai.standard').surchargedBy = { webSearch: 'web.extract' }),
  ],
  [
    'an alternative of another family',
    `${OPERATIONS}[3].cheaperAlternative`,
    (d) => (operation(d, 'ai.advanced').cheaperAlternative = 'image.standard'),
  ],
  [
    'an alternative that does not exist',
    `${OPERATIONS}[3].cheaperAlternative`,
    (d) => (operation(d, 'ai.advanced').cheaperAlternative = 'ai.gone'),
  ],
  [
    'a missing alternative to an operation that not every plan includes',
    `${OPERATIONS}[3].cheaperAlternative`,
    (d) => (operation(d, 'ai.advanced').cheaperAlternative = null),
  ],
  [
    'an alternative without the same surcharge',
    `${OPERATIONS}[3].cheaperAlternative`,
    (d) => (operation(d, 'ai.standard').surchargedBy = {}),
  ],
  [
    'a duplicate operation',
    `${OPERATIONS}[1].key`,
    (d) => (operation(d, 'editor.chat.expert').key = 'editor.chat.fast'),
  ],
  ['an operation without a name', `${OPERATIONS}[5].name`, (d) => (operation(d, 'web.extract').name = ' ')],
  [
    'an operation without examples',
    `${OPERATIONS}[5].examples`,
    (d) => (operation(d, 'web.extract').examples = []),
  ],
  [
    'an editor operation with another prefix',
    `${OPERATIONS}[0].family`,
    (d) => (operation(d, 'editor.chat.fast').key = 'chat.fast'),
  ],
  [
    'a premium above 100 %',
    'priceVersions[0].creatorPremiumBps',
    (d) => (first(d.priceVersions).creatorPremiumBps = 10_001),
  ],
  [
    'a negative premium',
    'priceVersions[0].creatorPremiumBps',
    (d) => (first(d.priceVersions).creatorPremiumBps = -1),
  ],
  ['no price version', 'priceVersions', (d) => (d.priceVersions = [])],
  ['no operations', OPERATIONS, (d) => (first(d.priceVersions).operations = [])],
  [
    'versions that do not start at 1',
    'priceVersions[0].version',
    (d) => (first(d.priceVersions).version = 2),
  ],
  [
    'a gap between versions',
    'priceVersions[1].version',
    (d) => {
      addVersions(d, '2030-01-01T00:00:00Z')
      d.priceVersions.forEach((v) => {
        if (v.version === 2) v.version = 3
      })
    },
  ],
  [
    'a first version with a start',
    'priceVersions[0].effectiveFrom',
    (d) => (first(d.priceVersions).effectiveFrom = '2030-01-01T00:00:00Z'),
  ],
  ['a second version without a start', 'priceVersions[1].effectiveFrom', (d) => addVersions(d, null)],
  [
    'versions at the same time',
    'priceVersions[2].effectiveFrom',
    (d) => addVersions(d, '2030-01-01T00:00:00Z', '2030-01-01T00:00:00.000Z'),
  ],
  [
    'versions that go back in time',
    'priceVersions[2].effectiveFrom',
    (d) => addVersions(d, '2030-01-02T00:00:00Z', '2030-01-01T00:00:00Z'),
  ],
  [
    'a start on a non-existent day',
    'priceVersions[1].effectiveFrom',
    (d) => addVersions(d, '2030-02-30T00:00:00Z'),
  ],
  [
    'a start outside UTC',
    'priceVersions[1].effectiveFrom',
    (d) => addVersions(d, '2030-01-01T00:00:00+02:00'),
  ],
  [
    'a paid plan smaller than the free one',
    'plans[1].monthlyCredits',
    (d) =>
      d.plans.forEach((p) => {
        if (p.key === 'super') p.monthlyCredits = 999_999
      }),
  ],
  ['a plan with a negative price', 'plans[0].priceCents', (d) => (first(d.plans).priceCents = -1)],
  ['a paid plan without a lookup key', 'plans[0].stripeLookupKey', (d) => (first(d.plans).priceCents = 1)],
  [
    'a duplicate plan',
    'plans[1].key',
    (d) =>
      d.plans.forEach((p) => {
        p.key = 'free'
      }),
  ],
  ['no paid plan', 'plans', (d) => d.plans.pop()],
  ['no free plan', 'plans', (d) => d.plans.shift()],
  ['two paid plans', 'plans', (d) => d.plans.push({ ...last(d.plans), key: 'more' })],
  [
    'a plan in a currency that cannot be charged',
    'plans[1].currency',
    (d) => (last(d.plans).currency = 'btc'),
  ],
  [
    'a pack whose currency is not in lower case',
    'packs[0].currency',
    (d) => (first(d.packs).currency = 'USD'),
  ],
  [
    'a pack at a price that Stripe does not accept in its currency',
    'packs[0].priceCents',
    (d) => Object.assign(first(d.packs), { currency: 'kwd', priceCents: 6_155 }),
  ],
  ['a plan without a name', 'plans[1].name', (d) => (last(d.plans).name = ' ')],
  ['a plan with an unknown tier', 'plans[1].tiers[2]', (d) => last(d.plans).tiers.push('gone')],
  [
    'a paid plan that lacks a tier of the free one',
    'plans[1].tiers',
    (d) => (last(d.plans).tiers = ['advanced']),
  ],
  ['a tier that no plan includes', 'tiers[2].key', (d) => d.tiers.push({ key: 'lab', name: 'Lab' })],
  ['a duplicate tier', 'tiers[1].key', (d) => (last(d.tiers).key = 'standard')],
  ['a tier without a name', 'tiers[0].name', (d) => (first(d.tiers).name = '')],
  [
    'an operation of an unknown tier',
    `${OPERATIONS}[5].tier`,
    (d) => (operation(d, 'web.extract').tier = 'gone'),
  ],
  ['a pack with no credits', 'packs[0].credits', (d) => (first(d.packs).credits = 0)],
  ['a pack with a fraction of a millicredit', 'packs[0].credits', (d) => (first(d.packs).credits = 0.1)],
  ['a pack without a price', 'packs[0].priceCents', (d) => (first(d.packs).priceCents = 0)],
  [
    'a duplicate pack',
    'packs[1].key',
    (d) =>
      d.packs.forEach((p) => {
        p.key = 'small'
      }),
  ],
  [
    'a duplicate lookup key',
    'stripeLookupKey',
    (d) => (first(d.packs).stripeLookupKey = 'ai_credits_plan_super'),
  ],
  ['a pack that expires at once', 'packs[0].expiresAfterDays', (d) => (first(d.packs).expiresAfterDays = 0)],
  [
    'a default hold longer than the maximum',
    'terms.holdSecondsDefault',
    (d) => (d.terms.holdSecondsDefault = 86_401),
  ],
]

describe('a catalogue is refused, naming the field, for', () => {
  test.each(REFUSALS)('%s', (_why, field, spoil) => {
    const refusal = refusalOf(spoil)
    expect(refusal.field).toBe(field)
    expect(refusal.message).toContain(field)
  })
})

describe('a loaded catalogue', () => {
  test('equals its data and cannot be changed', () => {
    const loaded = loadCatalog(structuredClone(CATALOG_DATA))
    expect(loaded).toEqual(CATALOG_DATA)
    expect(Object.isFrozen(loaded.priceVersions[0]?.operations[0]?.rates.inputTokens)).toBe(true)
  })

  test('may retire an operation in a later version', () => {
    const draft = copyCatalog()
    addVersions(draft, '2030-01-01T00:00:00Z')
    draft.priceVersions[1]?.operations.pop()
    expect(loadCatalog(draft).priceVersions).toHaveLength(2)
  })

  test('may have a paid plan as large as the free one', () => {
    const draft = copyCatalog()
    for (const plan of draft.plans) plan.monthlyCredits = 1_000_000
    expect(loadCatalog(draft).plans).toHaveLength(2)
  })
})
