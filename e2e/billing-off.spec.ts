import type { Page } from '@playwright/test'
import { expect, test } from './fixtures/own-server'
import { newPerson, signIn } from './fixtures/people'

test.use({ serverEnv: { BILLING: 'off' } })

/** Expects that no link or form on the page leads to buying. */
async function expectNothingForSale(
  page: Page,
  address: string,
  words = /stripe|\bpacks?\b|checkout|invoice/i,
): Promise<void> {
  await page.goto(address)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.locator('[aria-busy=true]')).toHaveCount(0)
  await expect(page.locator('[href*="billing"]')).toHaveCount(0)
  await expect(page.getByRole('button', { name: /upgrade|buy/i })).toHaveCount(0)
  await expect(page.getByRole('main')).not.toContainText(words, { useInnerText: true })
}

test('with BILLING=off a server starts without Stripe, sells nothing and mentions nothing to buy', async ({
  server,
  operator,
  page,
}) => {
  expect(() => server.stripe).toThrow('there is no local Stripe')
  expect((await server.get('/api/health')).status).toBe(200)

  const user = await newPerson(operator)
  for (const [method, route] of [
    ['POST', '/checkout'],
    ['POST', '/billing/portal'],
    ['GET', '/invoices'],
    ['POST', '/api/webhooks/stripe'],
  ] as const) {
    const answer = await server.call(method, route, method === 'GET' ? undefined : { user, plan: 'super' })
    expect([route, answer.status, answer.body.code]).toEqual([route, 404, 'not_found'])
  }
  const { body: described } = await server.get('/api/openapi.json')
  expect(
    Object.keys(described.paths as object).filter((path) => /checkout|billing|invoices/.test(path)),
  ).toEqual([])
  const link = await server.post('/portal-links', { user, page: 'billing' })
  expect([link.status, link.body.errors]).toMatchObject([422, [{ path: 'page' }]])

  // A refusal offers only what is possible.
  const charge = (operation: string, usage: object) => server.post('/charges', { user, operation, usage })
  expect((await charge('web.extract', { pages: 100 })).status).toBe(201)
  const refused = await charge('web.extract', { pages: 30 })
  expect(refused.status).toBe(402)
  expect((refused.body.options as { kind: string }[]).map(({ kind }) => kind)).toEqual(['wait'])
  const forbidden = await charge('ai.advanced', { inputTokens: 100, outputTokens: 100 })
  expect(forbidden.status).toBe(403)
  expect(forbidden.body.options).toMatchObject([{ kind: 'cheaper_operation' }])

  for (const address of ['/', '/pricing', '/guide', '/apps']) await expectNothingForSale(page, address)
  // A balance still has the field `packs`.
  await expectNothingForSale(page, '/docs/api', /stripe|checkout|invoice/i)
  await signIn(page, operator, { user, to: 'credits' })
  for (const address of [
    '/settings/credits',
    '/settings/usage',
    '/settings/limits',
    '/settings/apps',
    '/settings/rewards',
  ])
    await expectNothingForSale(page, address)
  for (const address of [
    '/settings/billing',
    '/settings/billing/success?session_id=cs_test_a',
    '/settings/billing/change?plan=super',
  ])
    expect((await page.request.get(address)).status()).toBe(404)
  await page.goto('/settings/credits')
  await page.getByRole('link', { name: 'Statement' }).click()
  await expect(page.getByRole('heading', { name: 'Statement', level: 1 })).toBeVisible()
  await expect(page.getByRole('row', { name: /Web Content Extraction/ })).toContainText('−800')
  await expectNothingForSale(page, '/settings/statement')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download CSV' }).click(),
  ])
  expect(download.suggestedFilename()).toBe('statement.csv')

  // The platform does its own billing and sets the plan.
  const upgraded = await server.put(`/users/${user}`, {
    email: `${user.slice(-12)}@e2e.example`,
    plan: 'super',
  })
  expect([upgraded.status, upgraded.body.plan]).toEqual([200, 'super'])
  expect((await charge('ai.advanced', { inputTokens: 100, outputTokens: 100 })).status).toBe(201)
  expect(await server.available(user)).toBe(9_990)
  await page.goto('/settings/credits')
  await expect(page.getByText('Super plan')).toBeVisible()
  await server.put(`/users/${user}`, { email: `${user.slice(-12)}@e2e.example`, plan: 'free' })
  await page.reload()
  await expect(page.getByText(/Super ends/)).toBeVisible()

  // Months begin and end by the clock alone.
  const { body } = await server.get(`/balance?user=${user}`)
  await server.moveTo(new Date(String((body.allowance as { resetsAt: string }).resetsAt)))
  expect(await server.available(user)).toBe(1_000)

  await server.signInStaff(page)
  await page.goto('/operator?q=cus_unknown')
  await expect(page.getByText('Stripe is not responding')).toHaveCount(0)
  const sold = /stripe|checkout|invoice|payment|subscri/i
  for (const address of ['/operator', '/operator/notices', `/operator?q=${user.slice(-12)}@e2e.example`])
    await expectNothingForSale(page, address, sold)
  await expect(page).toHaveURL(/\/operator\/accounts\//)
})
