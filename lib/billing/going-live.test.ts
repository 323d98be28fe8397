import { readFileSync } from 'node:fs'
import path from 'node:path'
import Stripe from 'stripe'
import { expect, test } from 'vitest'
import { HANDLED_EVENTS } from './events/apply-event'

const guide = readFileSync(path.join(import.meta.dirname, '../../docs/going-live.md'), 'utf8')

test('the guide to going live names every event that is handled, and no other', () => {
  const named = guide.match(/^[a-z_]+(\.[a-z_]+)+$/gm) ?? []
  expect(named.toSorted()).toEqual([...HANDLED_EVENTS].sort())
})

test('the guide names the API version the library is pinned to', () => {
  expect(guide).toContain(`\`${Stripe.API_VERSION}\``)
})
