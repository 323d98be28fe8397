import { expect, test } from 'vitest'
import { runRelays } from './relay.test-support'

test('with two writers and relays that are killed, the feed has every event once and in order', async () => {
  const run = await runRelays({ movements: 1_500, accounts: 60, seed: 21, killEveryMs: 1_500 })
  expect(run.events).toBeGreaterThan(150)
}, 600_000)
