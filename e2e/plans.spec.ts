import { writeFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { manyPlansDocument } from '@/lib/catalog/many-plans.test-support'
import { DEVICES, expectAccessible, expectNoWider } from './fixtures/accessible'
import { plan } from './fixtures/billing-page'
import { pay } from './fixtures/checkout'
import { expect, test } from './fixtures/own-server'
import { availableOf, newPerson, signIn } from './fixtures/people'

/** A catalogue with several plans, on a server of its own. */
test.use({
  serverEnv: ({ browserName: _ }, use, testInfo) => {
    const file = testInfo.outputPath('catalog.json')
    writeFileSync(file, JSON.stringify(manyPlansDocument()))
    return use({ TEST_CATALOG: file })
  },
})

const DAY_MS = 86_400_000
const press = (page: Page, name: string) => page.getByRole('button', { name }).click()

async function expectFits(page: Page): Promise<void> {
  await page.setViewportSize(DEVICES.desk)
  await expectAccessible(page)
  await page.setViewportSize(DEVICES.phone)
  await expectNoWider(page)
  await page.setViewportSize(DEVICES.desk)
}

test('a person buys a plan, upgrades it on our own page, and keeps the remaining credits', async ({
  server,
  operator,
  page,
}) => {
  const user = await newPerson(operator)
  await page.goto('/pricing')
  await expect(page.getByRole('heading', { level: 3 })).toContainText(['Free', 'Plus', 'Super', 'Pro'])
  await expectFits(page)
  await signIn(page, operator, { user, to: 'billing' })
  await expectFits(page)
  await press(page, 'Upgrade to Super for $20 a month')
  await pay(page)
  await server.post('/charges', { user, operation: 'web.extract', usage: { pages: 500 } })

  await page.goto('/settings/billing')
  await press(page, 'Upgrade to Pro for $50 a month')
  await expect(page.getByRole('heading', { name: 'Upgrade from Super to Pro' })).toBeVisible()
  await expect(page.getByRole('main')).toContainText('The 6,000 credits left of Super are paid for')
  await expectFits(page)
  await press(page, 'Pay $50 and upgrade')
  await expect(plan(page)).toContainText('Pro')
  await expect(plan(page)).toContainText('30,000 credits a month for $50')
  expect(await availableOf(operator, user)).toBe(36_000)
  const { body } = await server.get(`/balance?user=${user}`)
  expect(body.allowance).toMatchObject({ limit: 40_000, used: 4_000, carried: { remaining: 6_000 } })
  await page.goto('/settings/credits')
  await expect(page.getByRole('main')).toContainText('6,000 of them from before the upgrade')
  await expectFits(page)
  await page.goto('/settings/billing')
  await expect(page.getByRole('row', { name: /Pro/ }).first()).toContainText('$50')
})

test('an upgrade whose card is declined can be paid on the invoice page', async ({
  server,
  operator,
  page,
}) => {
  const user = await newPerson(operator)
  await signIn(page, operator, { user, to: 'billing' })
  await press(page, 'Upgrade to Plus for $8 a month')
  await pay(page)
  const [customer] = (await server.stripe.api.customers.list()).data
  await server.stripe.set('payment-method', { customer: customer?.id, kind: 'card_declined' })
  await page.goto('/settings/billing/change?plan=super')
  await press(page, 'Pay $20 and upgrade')
  await expect(page).toHaveURL(/\/i\//)
  await page.goto('/settings/billing')
  await expect(page.getByText('Your upgrade to Super has not been paid.')).toBeVisible()
  await expect(plan(page)).toContainText('Plus')
  const [invoice] = (await server.stripe.api.invoices.list()).data
  await server.stripe.set('pay-invoice', { invoice: invoice?.id })
  await expect.poll(() => availableOf(operator, user)).toBe(14_000)
})

test('a downgrade waits for the end of the period, and can be cancelled until then', async ({
  server,
  operator,
  page,
}) => {
  const user = await newPerson(operator)
  await server.pay(user, { plan: 'pro' })
  await expect.poll(() => server.plan(user)).toBe('pro')
  await signIn(page, operator, { user, to: 'billing' })
  await press(page, 'Change to Plus for $8 a month')
  await expect(page.getByRole('main')).toContainText('You pay nothing now.')
  await expect(page.getByRole('main')).toContainText('The advanced operations end with Pro.')
  await expectFits(page)
  await page.getByRole('button', { name: /^Change on / }).click()
  await expect(plan(page)).toContainText('Changes to Plus on ')
  await press(page, 'Keep Pro')
  await expect(plan(page)).toContainText('Renews ')
  await press(page, 'Change to Plus for $8 a month')
  await page.getByRole('button', { name: /^Change on / }).click()
  await expect(plan(page)).toContainText('Changes to Plus on ')

  const now = await server.now()
  await server.moveTo(new Date(now.getTime() + 32 * DAY_MS))
  await expect.poll(() => availableOf(operator, user)).toBe(4_000)
  expect(await server.plan(user)).toBe('plus')
})

test('a person who buys a yearly plan gets new credits each month', async ({ server, operator, page }) => {
  const user = await newPerson(operator)
  await page.goto('/pricing')
  await expect(page.getByRole('main')).toContainText('$200.03 a year')
  await signIn(page, operator, { user, to: 'billing' })
  await press(page, 'Upgrade to Super yearly for $200.03 a year')
  await pay(page)
  await expect(page.getByRole('main')).toContainText('10,000 credits each month, for a year')
  await expectFits(page)
  await server.post('/charges', { user, operation: 'web.extract', usage: { pages: 1_000 } })
  await page.goto('/settings/billing')
  await expect(plan(page)).toContainText('10,000 credits a month for $200.03 a year')
  await expect(plan(page)).toContainText('New credits arrive on ')
  expect(await availableOf(operator, user)).toBe(2_000)

  const { body } = await server.get(`/balance?user=${user}`)
  const { resetsAt } = body.allowance as { resetsAt: string }
  await server.moveTo(new Date(resetsAt))
  expect(await availableOf(operator, user)).toBe(10_000)
  await page.goto('/settings/billing')
  await expect(plan(page)).toContainText('Active')
  await expect(page.getByRole('row', { name: /Super yearly/ })).toHaveCount(1)
  await press(page, 'Change to Super for $20 a month')
  await expect(page.getByRole('main')).toContainText('From then on you pay $20 a month')
  await expectFits(page)
})
