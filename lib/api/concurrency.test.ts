import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, type Api, openApi, SHARED_MOUNTS } from './contract.test-support'

const onePage = { operation: 'web.extract', usage: { pages: 1 } }

describe.each(SHARED_MOUNTS)('many concurrent requests on the %s', (mount) => {
  let api: Api
  beforeAll(async () => {
    api = await openApi(mount)
  })
  afterAll(() => api.close())

  it('never spend a credit twice: of 1,000 charges of 8 credits, a Free account pays exactly 125', {
    timeout: 120_000,
  }, async () => {
    const user = await api.newUser()
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, () => api.post('/charges', { user: user.id, ...onePage })),
    )
    const refused = answers.filter((answer) => answer.status === 402)
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(125)
    expect(refused).toHaveLength(875)
    expect(new Set(refused.map((answer) => answer.body.code))).toEqual(new Set(['insufficient_credits']))
    expect(await api.available(user.id)).toBe(0)
  })

  it('make one charge per key: 200 keys, each sent 1 to 5 times', { timeout: 120_000 }, async () => {
    const users = await Promise.all(Array.from({ length: 4 }, () => api.newUser()))
    const sent: { key: string; answer: Promise<Answer> }[] = []
    for (let index = 0; index < 200; index++) {
      const user = users[index % users.length]?.id
      const key = `k-${index}`
      for (let times = 0; times <= index % 5; times++) {
        sent.push({ key, answer: api.post('/charges', { user, ...onePage }, { key }) })
      }
    }
    const bodies = new Map<string, Set<string>>()
    let made = 0
    for (const { key, answer } of sent) {
      const { status, text, headers } = await answer
      expect(status).toBe(201)
      bodies.set(key, (bodies.get(key) ?? new Set()).add(text))
      if (headers.get('idempotent-replayed') === null) made++
    }
    expect(made).toBe(200)
    expect([...bodies.values()].every((texts) => texts.size === 1)).toBe(true)
    for (const user of users) expect(await api.available(user.id)).toBe(1000 - 50 * 8)
  })
})
