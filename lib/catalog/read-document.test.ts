import { describe, expect, test } from 'vitest'
import { CatalogError } from './checks'
import shipped from './default.json'
import type { CatalogDocument } from './document'
import { catalogOf } from './read-document'
import { testDocument } from './two-versions.test-support'

type Draft = CatalogDocument

function refusalOf(spoil: (draft: Draft) => void): CatalogError {
  const draft = testDocument()
  spoil(draft)
  try {
    catalogOf(draft, 1, null)
  } catch (error) {
    if (error instanceof CatalogError) return error
    throw error
  }
  throw new Error('the document was accepted')
}

function itemOf<T extends { key: string }>(list: T[], key: string): T {
  const found = list.find((item) => item.key === key)
  if (!found) throw new Error(`no ${key}`)
  return found
}

const operation = (draft: Draft, key: string) => itemOf(draft.operations, key)
const plan = (draft: Draft, key: string) => itemOf(draft.plans, key)
const pack = (draft: Draft) => itemOf(draft.packs, 'small')

function rate(draft: Draft, key: string, field: string) {
  const found = operation(draft, key).rates?.[field]
  if (!found) throw new Error(`${key} has no rate for ${field}`)
  return found
}

const REFUSALS: [why: string, field: string, spoil: (draft: Draft) => unknown][] = [
  [
    'a negative rate',
    'operations[5].rates.pages.amount',
    (d) => (rate(d, 'web.extract', 'pages').amount = -1),
  ],
  ['a negative minimum', 'operations[2].minimum', (d) => (operation(d, 'ai.standard').minimum = -2)],
  ['a negative surcharge', 'operations[4].surcharge', (d) => (operation(d, 'ai.web_search').surcharge = -1)],
  ['an empty surcharge', 'operations[4].surcharge', (d) => (operation(d, 'ai.web_search').surcharge = 0)],
  [
    'a fraction of a millicredit',
    'operations[2].rates.inputTokens.amount',
    (d) => (rate(d, 'ai.standard', 'inputTokens').amount = 0.0005),
  ],
  [
    'a rate that a double cannot hold exactly',
    'operations[2].rates.inputTokens.amount',
    (d) => (rate(d, 'ai.standard', 'inputTokens').amount = 2 ** 53),
  ],
  [
    'a rate that is not a number',
    'operations[2].rates.inputTokens.amount',
    (d) => Object.assign(rate(d, 'ai.standard', 'inputTokens'), { amount: '1' }),
  ],
  ['a rate per 0 units', 'operations[5].rates.pages.per', (d) => (rate(d, 'web.extract', 'pages').per = 0)],
  [
    'a rate per 1.5 units',
    'operations[5].rates.pages.per',
    (d) => (rate(d, 'web.extract', 'pages').per = 1.5),
  ],
  [
    'a negative included quantity',
    'operations[6].rates.inputTokens.included',
    (d) => (rate(d, 'image.standard', 'inputTokens').included = -1),
  ],
  [
    'a price whose largest usage is inexact',
    'operations[5].rates',
    (d) => (rate(d, 'web.extract', 'pages').amount = 10_000),
  ],
  ['an operation without rates', 'operations[5].rates', (d) => (operation(d, 'web.extract').rates = {})],
  [
    'a rate of an unknown field',
    'operations[5].rates.visits',
    (d) => (operation(d, 'web.extract').rates = { visits: { amount: 1, per: 1 } }),
  ],
  [
    'a part without its whole',
    'operations[5].rates.inputTokens',
    (d) => (operation(d, 'web.extract').rates = { cachedInputTokens: { amount: 1, per: 1 } }),
  ],
  [
    'a use that could cost nothing',
    'operations[2].minimum',
    (d) => (operation(d, 'ai.standard').minimum = 0),
  ],
  [
    'cached tokens that cost more than others',
    'operations[2].rates.cachedInputTokens.amount',
    (d) => (rate(d, 'ai.standard', 'cachedInputTokens').amount = 0.501),
  ],
  [
    'included tokens together with a rate for cached ones',
    'operations[2].rates.inputTokens.included',
    (d) => (rate(d, 'ai.standard', 'inputTokens').included = 1),
  ],
  [
    'an everyday quantity that is not priced',
    'operations[5].everyday.images',
    (d) => (operation(d, 'web.extract').everyday = { images: 1 }),
  ],
  [
    'a surcharge that does not exist',
    'operations[2].surchargedBy.webSearch',
    (d) => (operation(d, 'ai.standard').surchargedBy = { webSearch: 'ai.gone' }),
  ],
  [
    'a surcharge by an operation that is none',
    'operations[2].surchargedBy.webSearch',
    (d) => (operation(d, 'ai.standard').surchargedBy = { webSearch: 'web.extract' }),
  ],
  [
    'a surcharge by an unknown flag',
    'operations[2].surchargedBy.gone',
    (d) => (operation(d, 'ai.standard').surchargedBy = { gone: 'ai.web_search' }),
  ],
  [
    'an alternative of another family',
    'operations[3].cheaperAlternative',
    (d) => (operation(d, 'ai.advanced').cheaperAlternative = 'image.standard'),
  ],
  [
    'an alternative that does not exist',
    'operations[3].cheaperAlternative',
    (d) => (operation(d, 'ai.advanced').cheaperAlternative = 'ai.gone'),
  ],
  [
    'a missing alternative of an operation that some plan lacks',
    'operations[3].cheaperAlternative',
    (d) => (operation(d, 'ai.advanced').cheaperAlternative = null),
  ],
  [
    'an alternative with other surcharges',
    'operations[3].cheaperAlternative',
    (d) => (operation(d, 'ai.standard').surchargedBy = {}),
  ],
  [
    'two operations of one key',
    'operations[1].key',
    (d) => (operation(d, 'editor.chat.expert').key = 'editor.chat.fast'),
  ],
  ['an operation without a name', 'operations[5].name', (d) => (operation(d, 'web.extract').name = ' ')],
  [
    'an operation without examples',
    'operations[5].examples',
    (d) => (operation(d, 'web.extract').examples = []),
  ],
  [
    'an operation of an unknown family',
    'operations[5].family',
    (d) => (operation(d, 'web.extract').family = 'gone'),
  ],
  [
    'an operation of an unknown tier',
    'operations[5].tier',
    (d) => (operation(d, 'web.extract').tier = 'gone'),
  ],
  [
    'an operation of an unknown unit',
    'operations[5].unit',
    (d) => (operation(d, 'web.extract').unit = 'gone'),
  ],
  ['no operations', 'operations', (d) => (d.operations = [])],
  [
    'a usage field of an unknown unit',
    'usageFields[0].unit',
    (d) => (itemOf(d.usageFields, 'pages').unit = 'gone'),
  ],
  [
    'a part of an unknown field',
    'usageFields[5].partOf',
    (d) => (itemOf(d.usageFields, 'cachedInputTokens').partOf = 'gone'),
  ],
  [
    'a usage field named like a parameter of the estimator',
    'usageFields[0].key',
    (d) => (itemOf(d.usageFields, 'pages').key = 'others'),
  ],
  [
    'a key that every object has',
    'usageFlags[0].key',
    (d) => d.usageFlags?.splice(0, 1, { key: 'constructor', label: 'No' }),
  ],
  ['a premium above 100 %', 'premium', (d) => (d.premium = 1.0001)],
  ['a negative premium', 'premium', (d) => (d.premium = -0.1)],
  ['a premium with five decimals', 'premium', (d) => (d.premium = 0.10001)],
  ['a Super smaller than Free', 'plans[1].credits', (d) => (plan(d, 'super').credits = 999)],
  ['a plan at a negative price', 'plans[1].prices.usd', (d) => (plan(d, 'super').prices = { usd: -1 })],
  ['two plans of one key', 'plans[1].key', (d) => (plan(d, 'super').key = 'free')],
  ['two plans of one rank', 'plans[1].rank', (d) => (plan(d, 'super').rank = 0)],
  ['a free plan that ranks above a sold one', 'plans[1].rank', (d) => (plan(d, 'free').rank = 7)],
  ['no plan for sale', 'plans', (d) => d.plans.pop()],
  ['no free plan', 'plans', (d) => d.plans.shift()],
  ['two free plans', 'plans[2].prices', (d) => d.plans.push({ ...plan(d, 'free'), key: 'zero', rank: 5 })],
  [
    'a third plan with less than the second',
    'plans[2].credits',
    (d) => d.plans.push({ ...plan(d, 'super'), key: 'pro', rank: 5, credits: 9_999 }),
  ],
  ['a trial without credits', 'plans[1].trialCredits', (d) => (plan(d, 'super').trialDays = 14)],
  ['a trial without a length', 'plans[1].trialDays', (d) => (plan(d, 'super').trialCredits = 500)],
  [
    'a trial for nothing',
    'plans[1].trialCredits',
    (d) => Object.assign(plan(d, 'super'), { trialDays: 14, trialCredits: 0 }),
  ],
  [
    'a trial with a fraction of a millicredit',
    'plans[1].trialCredits',
    (d) => Object.assign(plan(d, 'super'), { trialDays: 14, trialCredits: 0.0001 }),
  ],
  [
    'a trial with more than a paid month',
    'plans[1].trialCredits',
    (d) => Object.assign(plan(d, 'super'), { trialDays: 14, trialCredits: 10_001 }),
  ],
  [
    'a trial longer than Stripe allows',
    'plans[1].trialDays',
    (d) => Object.assign(plan(d, 'super'), { trialDays: 731, trialCredits: 500 }),
  ],
  [
    'a trial of the free plan',
    'plans[0].trialDays',
    (d) => Object.assign(plan(d, 'free'), { trialDays: 14, trialCredits: 500 }),
  ],
  ['a plan in an unknown currency', 'plans[1].prices.btc', (d) => (plan(d, 'super').prices = { btc: 1 })],
  ['a pack in a currency of its own', 'packs[0].prices', (d) => (pack(d).prices = { usd: 600, eur: 550 })],
  [
    'a plan that lacks a currency',
    'plans[1].prices',
    (d) => {
      d.currencies = ['usd', 'eur']
      for (const one of d.packs) one.prices = { usd: 600, eur: 550 }
    },
  ],
  ['a currency twice', 'currencies', (d) => (d.currencies = ['usd', 'usd'])],
  [
    'several currencies without a main one',
    'currencies',
    (d) => {
      for (const one of d.packs) one.prices = { usd: 600, eur: 550 }
      plan(d, 'super').prices = { usd: 2_000, eur: 1_800 }
    },
  ],
  ['a currency in upper case', 'packs[0].prices.USD', (d) => (pack(d).prices = { USD: 600 })],
  [
    'a price that Stripe does not take in its currency',
    'packs[0].prices.kwd',
    (d) => (pack(d).prices = { kwd: 6_155 }),
  ],
  ['a plan without a name', 'plans[1].name', (d) => (plan(d, 'super').name = ' ')],
  ['a plan with an unknown tier', 'plans[1].tiers[2]', (d) => plan(d, 'super').tiers.push('gone')],
  [
    'a higher plan without a tier of a lower one',
    'plans[1].tiers',
    (d) => (plan(d, 'super').tiers = ['advanced']),
  ],
  ['a tier of no plan', 'tiers[2].key', (d) => d.tiers.push({ key: 'lab', name: 'Lab' })],
  ['two tiers of one key', 'tiers[1].key', (d) => (itemOf(d.tiers, 'advanced').key = 'standard')],
  ['a tier without a name', 'tiers[0].name', (d) => (itemOf(d.tiers, 'standard').name = '')],
  ['a pack without credits', 'packs[0].credits', (d) => (pack(d).credits = 0)],
  ['a pack with a fraction of a millicredit', 'packs[0].credits', (d) => (pack(d).credits = 0.0001)],
  ['a pack for nothing', 'packs[0].prices.usd', (d) => (pack(d).prices = { usd: 0 })],
  ['a pack without a price', 'packs[0].prices', (d) => (pack(d).prices = {})],
  ['two packs of one key', 'packs[1].key', (d) => (itemOf(d.packs, 'medium').key = 'small')],
  ['a pack that expires immediately', 'packs[0].expiresAfterDays', (d) => (pack(d).expiresAfterDays = 0)],
  [
    'a default hold longer than the longest',
    'terms.holdSecondsDefault',
    (d) => (d.terms.holdSecondsDefault = 86_401),
  ],
  [
    'a family whose fill hardly differs from the page',
    'families[0].color.light',
    (d) => (itemOf(d.families, 'editor').color.light = '#eeeeee'),
  ],
  [
    'a family whose text is hard to read',
    'families[0].strong.dark',
    (d) => (itemOf(d.families, 'editor').strong.dark = '#333333'),
  ],
  [
    'a colour by its name',
    'families[0].color.light',
    (d) => (itemOf(d.families, 'editor').color.light = 'red'),
  ],
  [
    'an accent that is hard to read',
    'brand.accent.light',
    (d) => (d.brand.accent = { light: '#ffff00', dark: '#8aabff' }),
  ],
  ['a support address that is none', 'brand.supportEmail', (d) => (d.brand.supportEmail = 'support')],
  ['an unknown field', 'document', (d) => Object.assign(d, { discount: 1 })],
  ['a document over 256 KiB', 'document', (d) => (d.brand.name = 'x'.repeat(300_000))],
]

describe('a catalogue document is refused, naming the field, for', () => {
  test.each(REFUSALS)('%s', (_why, field, spoil) => {
    const refusal = refusalOf(spoil)
    expect(refusal.field).toBe(field)
    expect(refusal.message).toContain(field)
  })
})

describe('a catalogue document', () => {
  test('is read into an immutable catalogue with amounts in millicredits', () => {
    const catalog = catalogOf(testDocument(), 7, new Date(0))
    const extract = catalog.operations.find(({ key }) => key === 'web.extract')
    expect(extract?.rates.pages).toEqual({ amount: 8_000, per: 1 })
    expect(catalog).toMatchObject({ version: 7, creatorPremiumBps: 1_000 })
    expect(catalog.plans.map(({ monthlyCredits }) => monthlyCredits)).toEqual([1_000_000, 10_000_000])
    expect(Object.isFrozen(extract?.rates.pages)).toBe(true)
    expect(catalog.plans.map(({ trial }) => trial)).toEqual([null, null])
  })

  test('may give a plan that is sold a trial with credits of its own', () => {
    const document = testDocument()
    Object.assign(plan(document, 'super'), { trialDays: 14, trialCredits: 500.5 })
    expect(catalogOf(document, 1, null).plans[1]?.trial).toEqual({ days: 14, credits: 500_500 })
  })

  test('is published without the provider’s costs, even if a usage field is named cost', () => {
    const document = testDocument()
    rate(document, 'web.extract', 'pages').cost = 0.003
    document.usageFields.push({ ...itemOf(document.usageFields, 'pages'), key: 'cost' })
    operation(document, 'web.extract').rates = {
      ...operation(document, 'web.extract').rates,
      cost: { amount: 1, per: 1 },
    }
    expect(catalogOf(document, 1, null).document).toMatchObject({
      operations: expect.arrayContaining([
        expect.objectContaining({
          key: 'web.extract',
          rates: { pages: { amount: 8, per: 1 }, cost: { amount: 1, per: 1 } },
        }),
      ]),
    })
    expect(rate(document, 'web.extract', 'pages').cost).toBe(0.003)
  })

  test('may sell a plan as large as the free one', () => {
    const document = testDocument()
    for (const one of document.plans) one.credits = 1_000
    expect(catalogOf(document, 1, null).plans).toHaveLength(2)
  })

  test('may add a family, a field and an operation without any code', () => {
    const document = testDocument()
    document.families.push({ ...itemOf(document.families, 'web'), key: 'maps', label: 'Maps' })
    document.usageFields.push({
      ...itemOf(document.usageFields, 'pages'),
      key: 'tiles',
      label: 'Tiles',
      singular: 'tile',
      plural: 'tiles',
    })
    document.operations.push({
      ...operation(document, 'web.extract'),
      key: 'maps.render',
      family: 'maps',
      rates: { tiles: { amount: 0.25, per: 1 } },
    })
    expect(catalogOf(document, 1, null).operations.at(-1)?.rates.tiles?.amount).toBe(250)
  })
})

// The only tests of the shipped document. Every other test reads lib/testing/catalog.json.
describe('the shipped document', () => {
  const catalog = catalogOf(shipped, 1, null)

  test('is not the one that the tests read', () => {
    expect(process.env.TEST_CATALOG).toMatch(/lib\/testing\/catalog\.json$/)
  })

  test('describes every operation in one sentence', () => {
    for (const { description, key } of catalog.operations) expect(description, key).toMatch(/^[^.]+\.$/)
  })

  test('covers every operation of the sample apps and the editor', () => {
    const offered = catalog.operations.map(({ key }) => key)
    const used = testDocument().operations.map(({ key }) => key)
    expect(offered).toEqual(expect.arrayContaining(used))
  })
})
