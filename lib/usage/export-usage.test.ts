import { afterAll, beforeAll, expect, test } from 'vitest'
import { NotFound } from '@/lib/errors'
import { createScenario, newAccount, type Scenario } from '@/lib/testing/scenario'
import { exportUsage } from './export-usage'
import { charge } from './scenario.test-support'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

const everything = { from: null, to: null, operation: null, app: null, surface: null, reference: null }

async function csv(accountId: string): Promise<string[]> {
  let text = ''
  for await (const part of exportUsage(scenario.ctx, { ...everything, accountId })) text += part
  return text.split('\r\n')
}

test('the usage export has a header and one line per charge, newest first, with exact amounts', async () => {
  const { accountId, user } = await newAccount(scenario)
  await charge(scenario, user, { pages: 3, reference: 'job, "one"' })
  await charge(scenario, user, { operation: 'ai.standard', usage: { inputTokens: 4_001, webSearch: true } })
  const [header, second, first, end] = await csv(accountId)
  expect(header).toMatch(/^time,charge,operation,app,surface,base,premium,total,absorbed,refunded,/)
  expect(second).toContain(',ai.standard,,api,17.001,0.000,17.001,0.000,0.000,17.001,0.000,0.000,0.000,1,')
  expect(first).toContain(
    ',web.extract,,api,24.000,0.000,24.000,0.000,0.000,24.000,0.000,0.000,0.000,1,,"job, ""one""",',
  )
  expect(end).toBe('')
})

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx'])(
  'the usage export neutralises a reference %j',
  async (reference) => {
    const { accountId, user } = await newAccount(scenario)
    await charge(scenario, user, { reference })
    const [, line] = await csv(accountId)
    expect(line).toContain(`,'${reference}`)
  },
)

test.each(['a\r=1+1', 'a\n=1+1', 'a\r\n=1+1', 'a\r', 'a\n'])(
  'the usage export keeps a line break in a reference %j inside its field',
  async (reference) => {
    const { accountId, user } = await newAccount(scenario)
    await charge(scenario, user, { reference })
    expect((await csv(accountId)).join('\r\n')).toContain(`,"${reference}",`)
  },
)

test.each(['\r=1+1', '\n=1+1', '\r\n=1+1'])(
  'the usage export neutralises a formula %j after a line break',
  async (reference) => {
    const { accountId, user } = await newAccount(scenario)
    await charge(scenario, user, { reference })
    expect((await csv(accountId)).join('\r\n')).toContain(`,"'${reference}",`)
  },
)

test('the usage export of an account without charges has only the header, and an invalid filter fails before the header is sent', async () => {
  const { accountId } = await newAccount(scenario)
  expect(await csv(accountId)).toHaveLength(2)
  const bad = exportUsage(scenario.ctx, { ...everything, accountId, app: 'no-such-app' })
  await expect(bad.next()).rejects.toBeInstanceOf(NotFound)
})
