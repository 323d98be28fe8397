import { readFileSync } from 'node:fs'
import path from 'node:path'
import Stripe from 'stripe'
import { expect, test } from 'vitest'
import { HANDLED_EVENTS } from './events/apply-event'

const guide = readFileSync(path.join(import.meta.dirname, '../../docs/going-live.md'), 'utf8')

test('the guide to going live lists exactly the events that are handled', () => {
  const named = guide.match(/^[a-z_]+(\.[a-z_]+)+$/gm) ?? []
  expect(named.toSorted()).toEqual([...HANDLED_EVENTS].sort())
})

test('the guide to going live names the API version that the library is pinned to', () => {
  expect(guide).toContain(`\`${Stripe.API_VERSION}\``)
})
