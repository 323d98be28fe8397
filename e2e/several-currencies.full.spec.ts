import { readFileSync, writeFileSync } from 'node:fs'
import type { CatalogDocument } from '@/lib/catalog/document'
import { onCheckout, pay } from './fixtures/checkout'
import { expect, test } from './fixtures/own-server'
import { availableOf, newPerson, signIn } from './fixtures/people'

/** The tests' catalogue, also sold in euros and yen. */
function writeCatalog(file: string): void {
  const document: CatalogDocument = JSON.parse(readFileSync('lib/testing/catalog.json', 'utf8'))
  document.currencies = ['usd', 'eur', 'jpy']
  for (const one of document.plans) if (one.prices) one.prices = { usd: 2_000, eur: 1_800, jpy: 2_900 }
  for (const [place, one] of document.packs.entries())
    one.prices = { usd: 600 * (place + 1), eur: 550 * (place + 1), jpy: 900 * (place + 1) }
  writeFileSync(file, JSON.stringify(document))
}

test.use({
  serverEnv: ({ browserName: _ }, use, testInfo) => {
    const file = testInfo.outputPath('catalog.json')
    writeCatalog(file)
    return use({ TEST_CATALOG: file })
  },
})

test('prices are shown in a chosen currency until a subscription fixes it, and the report adds up each currency', async ({
  server,
  operator,
  page,
}) => {
  // Someone else pays for a pack in yen.
  const other = await newPerson(operator)
  const { url } = await server.make('/checkout', { user: other, pack: 'small', currency: 'jpy' })
  await server.stripe.set('pay', { session: /cs_\w+/.exec(String(url))?.[0] })
  await expect.poll(() => availableOf(operator, other)).toBe(3_000)
  const refused = await server.post('/checkout', { user: other, pack: 'small', currency: 'gbp' })
  expect([refused.status, refused.body.errors]).toMatchObject([422, [{ path: 'currency' }]])

  const main = page.getByRole('main')
  const choice = page.getByRole('navigation', { name: 'Currency of the prices' })
  await page.goto('/pricing')
  await expect(main).toContainText('$20 a month')
  await choice.getByRole('link', { name: 'EUR' }).click()
  await expect(main).toContainText('€18 a month')
  await expect(main).toContainText('€2.75 per 1,000 credits')
  await expect(choice.getByRole('link', { name: 'EUR' })).toHaveAttribute('aria-current', 'true')

  const user = await newPerson(operator)
  await signIn(page, operator, { user, to: 'billing' })
  await choice.getByRole('link', { name: 'EUR' }).click()
  await page.getByRole('button', { name: 'Upgrade to Super for €18 a month' }).click()
  await onCheckout(page)
  await pay(page)
  await expect.poll(() => availableOf(operator, user)).toBe(10_000)

  // The current subscription decides, whatever the address says.
  await page.goto('/settings/billing?currency=jpy')
  await expect(page.getByText('10,000 credits a month for €18')).toBeVisible()
  await expect(choice).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Buy 2,000 credits for €5.50' })).toBeVisible()
  await page.goto('/pricing?currency=jpy')
  await expect(main).toContainText('€18 a month')
  await expect(choice).toHaveCount(0)
  await page.goto('/settings/credits')
  await page.getByRole('button', { name: /^Balance/ }).click()
  await expect(page.getByRole('link', { name: 'Buy 2,000 credits for €5.50' })).toBeVisible()
  const fixed = await server.post('/checkout', { user, pack: 'small', currency: 'usd' })
  expect([fixed.status, fixed.body.errors]).toMatchObject([422, [{ path: 'currency' }]])

  await server.signInStaff(page)
  await page.goto('/operator/report')
  await expect(page.getByText(/adds up, to the thousandth of a credit\.$/)).toBeVisible()
  const money = page.getByRole('region', { name: 'Money by source and currency' })
  await expect(money.getByRole('row', { name: 'Total EUR' })).toContainText('€18')
  await expect(money.getByRole('row', { name: 'Total JPY' })).toContainText('¥900')
})
