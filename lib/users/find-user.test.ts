import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createScenario, type Scenario } from '@/lib/testing/scenario'
import { createUser } from './create-user'
import { findAccountId } from './find-user'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

test('concurrent requests look up their external ids in one query, each with its own result', async () => {
  const names = Array.from({ length: 200 }, (_, index) => `person-${index}`)
  const ids: string[] = []
  for (const externalId of names) {
    const { id } = await createUser(scenario.ctx, {
      email: `${externalId}@example.com`,
      name: null,
      externalId,
    })
    ids.push(id)
  }
  const query = vi.spyOn(scenario.ctx.pool, 'query')
  const asked = [...names, 'nobody', 'no\0body', 'no\ud800body', ...names]
  const found = await Promise.allSettled(asked.map((name) => findAccountId(scenario.ctx, name)))
  expect(query).toHaveBeenCalledTimes(1)
  query.mockRestore()
  expect(
    found.map((result) => (result.status === 'fulfilled' ? result.value : String(result.reason))),
  ).toEqual([...ids, ...Array.from({ length: 3 }, () => expect.stringContaining('No such user')), ...ids])
})
