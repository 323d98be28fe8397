import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { withOtherPlans } from '@/lib/catalog/other-plans.test-support'
import { knowCatalogs } from '@/lib/catalogs/current'

// The processes of the other mounts would load the product's catalogue.
vi.hoisted(() => vi.stubEnv('CONTRACT_MOUNT', 'node server'))

import { type Api, openApi } from './contract.test-support'

// No plan of this catalogue has the key `free` or `super`, and it has a third tier.
knowCatalogs([withOtherPlans()])

/** `other-plans.full.test.ts` runs the rest of the contract. */
const CONTRACT: [string, () => Promise<unknown>][] = [
  ['accounts', () => import('./account.test')],
  ['batches', () => import('./batch.test')],
  ['buying', () => import('./buying.test')],
  ['metering', () => import('./metering.test')],
]
describe.each(CONTRACT)('with other plans, %s', async (_part, load) => {
  await load()
})

describe('with other plans, an operation of a third tier', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi('node server')
  })
  afterAll(() => api.close())

  it('is refused on the free plan, naming the plan that includes it', async () => {
    const user = await api.newUser()
    const use = { user: user.id, operation: 'video.advanced', usage: { seconds: 1 } }
    expect(await api.post('/charges', use)).toMatchObject({
      status: 403,
      body: { code: 'plan_required', plan: 'pro', detail: 'This operation needs the Pro plan.' },
    })
    const { body } = await api.post('/quotes', use, { key: null })
    expect(body).toMatchObject({ allowed: false, affordable: true })
  })
})
