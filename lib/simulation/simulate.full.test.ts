import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { catalogOf } from '@/lib/catalog/read-document'
import { secondDocument } from '@/lib/catalog/two-versions.test-support'
import { SECOND_MS } from '@/lib/clock'
import { createScenario, type Scenario } from '@/lib/testing/scenario'
import { fillLedger } from '@/tools/load/fill-ledger'
import { simulated } from './simulate.test-support'

const CHARGES = 1_000_000
const GROWTH_BYTES_MAX = 300 * 1024 ** 2

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario('2026-11-20T15:30:00Z')
  const size = { charges: CHARGES, heavy: CHARGES / 10, seed: 7 }
  await fillLedger(scenario.database.url, { size, now: scenario.clock.now() })
}, 900_000)
afterAll(() => scenario.close())

describe.each([
  ['prices', 10, false],
  ['replays', 60, true],
] as const)('a simulation of a million charges', (does, seconds, replay) => {
  it(`${does} them in ${seconds} seconds with bounded memory`, async () => {
    const version = catalogOf(secondDocument(), 2, new Date('2026-12-01T00:00:00Z'))
    const input = { version, from: new Date(0), to: scenario.clock.now(), replay }
    const startedMs = performance.now()
    const before = process.memoryUsage.rss()
    const { total } = await simulated(scenario.ctx, input)
    const tookMs = performance.now() - startedMs
    expect(total.charges + total.unpriced.charges).toBe(CHARGES)
    expect(tookMs).toBeLessThan(seconds * SECOND_MS)
    expect(process.memoryUsage.rss() - before).toBeLessThan(GROWTH_BYTES_MAX)
  }, 300_000)
})
