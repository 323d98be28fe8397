import { expect, test } from 'vitest'
import { currentCatalog } from '@/lib/catalogs/current'
import { CHAT_MODES } from './choices'
import { FEATURES } from './features'

test('every operation of the price table is used by a sample app or the editor', () => {
  const used = new Set<string>([
    ...FEATURES.map(({ operation }) => operation),
    ...CHAT_MODES.map((mode) => `editor.chat.${mode}`),
  ])
  if (FEATURES.some(({ webSearch }) => webSearch)) used.add('ai.web_search')
  for (const { key, name } of currentCatalog().operations) expect(used, name).toContain(key)
})

test('sample app features have distinct keys, labels and button texts', () => {
  for (const field of ['key', 'label', 'verb'] as const) {
    const all = FEATURES.map((feature) => feature[field])
    expect(new Set(all).size, field).toBe(all.length)
  }
})
