import { expect, test } from './fixtures/own-server'
import { newPerson, signIn } from './fixtures/people'

const ADVANCED = { operation: 'ai.advanced', usage: { inputTokens: 1_000, outputTokens: 1_000 } }
/** Stripe finalises and charges a renewal an hour after the period ends. */
const HOUR_MS = 3_600_000

test('without webhooks, the reconciler still follows a purchase, a renewal, a refund and a cancellation in time', async ({
  server,
  operator,
  page,
}) => {
  const { stripe } = server
  await stripe.set('webhook', { url: null })
  const user = await newPerson(operator)
  const balance = async () => (await server.get(`/balance?user=${user}`)).body
  const charge = async () => (await server.post('/charges', { user, ...ADVANCED })).status

  await server.pay(user, { plan: 'super' })
  expect(await server.plan(user)).toBe('free')
  expect(await server.passTime(60, async () => (await server.plan(user)) === 'super')).toBeLessThan(11)
  expect(await balance()).toMatchObject({ available: 10_000, allowance: { limit: 10_000, used: 0 } })
  expect(await charge()).toBe(201)

  const [subscription] = (await stripe.api.subscriptions.list()).data
  const end = new Date((subscription?.items.data[0]?.current_period_end ?? 0) * 1_000)
  await server.moveTo(end)
  await server.moveTo(new Date(end.getTime() + HOUR_MS + 1_000))
  const paid = async () => (await stripe.api.invoices.list({ status: 'paid' })).data
  expect(await paid()).toHaveLength(2)
  const periodStart = async () => ((await balance()).allowance as { periodStart: string }).periodStart
  const isRenewed = async () => (await periodStart()) === end.toISOString()
  expect(await server.passTime(60, isRenewed)).toBeLessThan(11)
  expect(await balance()).toMatchObject({ plan: { key: 'super' }, available: 10_000 })

  const [renewal] = (await stripe.api.charges.list()).data
  await stripe.set('refund', { of: { charge: renewal?.id } })
  expect(await server.passTime(60, async () => (await balance()).available === 0)).toBeLessThan(11)
  expect(await server.plan(user)).toBe('super')

  await stripe.api.subscriptions.cancel(subscription?.id ?? '')
  expect(await server.passTime(120, async () => (await server.plan(user)) === 'free')).toBeLessThan(61)
  expect(await charge()).toBe(403)

  await signIn(page, operator, { user, to: 'billing' })
  await expect(page.getByText(/^Super ended on .+ \(UTC\)\./)).toBeVisible()
  await server.signInStaff(page)
  await page.goto('/operator/notices')
  await expect(page.getByText(/repaired: events from Stripe had not arrived$/).first()).toBeVisible()
})

test('even without listed events, a renewal is found within ten minutes and a cancellation within an hour', async ({
  server,
  operator,
}) => {
  const { stripe } = server
  const user = await newPerson(operator)
  await server.pay(user, { plan: 'super' })
  await expect.poll(() => server.plan(user)).toBe('super')
  await stripe.set('faults', { lose: 'all' })
  const [subscription] = (await stripe.api.subscriptions.list()).data
  const end = new Date((subscription?.items.data[0]?.current_period_end ?? 0) * 1_000)
  await server.moveTo(end)
  await server.moveTo(new Date(end.getTime() + HOUR_MS + 1_000))
  const grants = async () => {
    const { body } = await server.get(`/statement?user=${user}&limit=20`)
    return (body.data as { kind: string; amount: number }[]).filter(({ amount }) => amount === 10_000).length
  }
  expect(await server.passTime(60, async () => (await grants()) === 2)).toBeLessThan(11)

  await server.passTime(40)
  await stripe.api.subscriptions.cancel(subscription?.id ?? '')
  expect(await server.plan(user)).toBe('super')
  expect(await server.passTime(120, async () => (await server.plan(user)) === 'free')).toBeLessThan(61)
  const since = Math.floor(end.getTime() / 1_000)
  expect((await stripe.api.events.list({ created: { gte: since } })).data).toEqual([])
})
