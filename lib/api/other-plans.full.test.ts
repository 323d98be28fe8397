import { describe, vi } from 'vitest'
import { withOtherPlans } from '@/lib/catalog/other-plans.test-support'
import { knowCatalogs } from '@/lib/catalogs/current'

vi.hoisted(() => vi.stubEnv('CONTRACT_MOUNT', 'node server'))
knowCatalogs([withOtherPlans()])

/** Runs the contract tests that `other-plans.test.ts` leaves out, with the same catalogue. */
const CONTRACT: [string, () => Promise<unknown>][] = [
  ['apps', () => import('./apps.test')],
  ['credentials', () => import('./authorisation.test')],
  ['concurrency', () => import('./concurrency.test')],
  ['consent', () => import('./connect.test')],
  ['every route', () => import('./every-route.test')],
  ['examples', () => import('./examples.test')],
  ['hostile apps', () => import('./hostile-app.test')],
  ['refusals', () => import('./refusals.test')],
  ['rewards', () => import('./rewards.test')],
  ['times', () => import('./times.test')],
  ['webhooks', () => import('./webhooks.test')],
]
describe.each(CONTRACT)('with other plans, %s', async (_part, load) => {
  await load()
})
