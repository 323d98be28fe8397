import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from './fixtures/own-server'
import { newPerson, signIn } from './fixtures/people'

const DAY_MS = 86_400_000
const ADVANCED = { operation: 'ai.advanced', usage: { inputTokens: 1_000, outputTokens: 1_000 } }

test('with another Stripe account’s key, no plan ends, no money moves, staff are notified, and the server does not start', async ({
  server,
  operator,
  page,
}) => {
  const { stripe } = server
  const users = await Promise.all([newPerson(operator), newPerson(operator)])
  for (const user of users) {
    await server.pay(user, { pack: 'small' })
    await server.pay(user, { plan: 'super' })
  }
  const standing = () =>
    Promise.all(users.map(async (user) => (await server.get(`/balance?user=${user}`)).body))
  const isSuper = expect.objectContaining({
    plan: expect.objectContaining({ key: 'super' }),
    available: 12_000,
  })
  await expect.poll(standing).toEqual([isSuper, isSuper])
  const { id: own } = await stripe.api.accounts.retrieveCurrent()

  const { id: other } = await stripe.set<{ id: string }>('swap')
  expect(other).not.toBe(own)
  await server.passTime(180)
  expect(await standing()).toEqual([isSuper, isSuper])
  const [user = ''] = users
  expect((await server.post('/charges', { user, ...ADVANCED })).status).toBe(201)
  const now = await server.now()
  for (const days of [31, 35, 40, 70]) await server.moveTo(new Date(now.getTime() + days * DAY_MS))
  for (const one of users) expect(await server.plan(one)).toBe('super')
  expect((await server.post('/checkout', { user, pack: 'small' })).status).toBe(503)
  expect((await server.get(`/invoices?user=${user}`)).body).toEqual({ data: [], nextCursor: null })
  for (const list of ['customers', 'subscriptions', 'charges', 'refunds', 'invoices'] as const)
    expect((await stripe.api[list].list()).data, list).toEqual([])

  await signIn(page, operator, { user, to: 'billing' })
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await server.signInStaff(page)
  await page.goto('/operator/notices')
  await expect(page.getByText('The Stripe key belongs to another account').first()).toBeVisible()
  await expect(
    page.getByText(`This database belongs to ${own}; the key opens ${other}`).first(),
  ).toBeVisible()
  await expect(page.getByText(/ended: Stripe does not know its subscription|was refunded/)).toHaveCount(0)

  await page.close()
  expect(await server.server.stop()).toBe(0)
  const log = () => readFileSync(path.join(server.database.folder, 'server.log'), 'utf8')
  const before = log().length
  expect(await server.server.startInVain()).toBe(1)
  expect(log().slice(before)).toBe(
    `The local Stripe in ${server.database.folder} is the account ${other} (test); this database belongs to ${own} (test). Set DATA_DIR to the folder of that account, or use another database.\n`,
  )
})
