import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { invoice, openBilling } from './fixtures/billing-page'
import { onCheckout } from './fixtures/checkout'
import { newScene } from './fixtures/plan-states'
import { expect, test } from './fixtures/test'

// A product that sells in a currency without decimals, charges tax and accepts promotion codes.
const catalogue = path.resolve('test-results/yen-catalog.json')
mkdirSync(path.dirname(catalogue), { recursive: true })
writeFileSync(catalogue, readFileSync('lib/testing/catalog.json', 'utf8').replaceAll('"usd"', '"jpy"'))
test.use({
  ownProduct: { TEST_CATALOG: catalogue, STRIPE_TAX: 'on', STRIPE_PROMOTION_CODES: 'on' },
})

test('yen are shown and charged as whole yen, with the tax that was added', async ({ page, request }) => {
  const scene = await newScene(request)
  await scene.stripe.set('faults', { taxPercent: 10 })
  await openBilling(page, scene)
  await expect(page.getByRole('region', { name: 'Free and Super' })).toContainText('¥2,000 a month')
  await page.getByRole('button', { name: 'Buy 2,000 credits for ¥600' }).click()
  await onCheckout(page)
  await page.getByLabel('Country (two letters)').fill('JP')
  await expect(page.getByLabel('VAT number, for businesses')).toBeVisible()
  await page.getByLabel('Card that works (4242)').check()
  await page.getByRole('button', { name: 'Pay ¥660' }).click()
  await expect(page.getByRole('heading', { name: '2,000 credits added.' })).toBeVisible()
  await page.goto('/settings/billing')
  const paid = invoice(page, 'Paid')
  await expect(paid).toContainText('¥660')
  await expect(paid).toContainText('¥600 net + ¥60 tax')
})

test('a 100% discount code that the buyer types starts the plan without a payment', async ({
  page,
  request,
}) => {
  const scene = await newScene(request)
  const { api } = scene.stripe
  const coupon = await api.coupons.create({ percent_off: 100, duration: 'once' })
  await api.promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id }, code: 'GIFT' })
  await openBilling(page, scene)
  await page.getByRole('button', { name: 'Upgrade to Super for ¥2,000 a month' }).click()
  await onCheckout(page)
  await page.getByLabel('Promotion code').fill('GIFT')
  await page.getByRole('button', { name: 'Apply code' }).click()
  await page.getByLabel('Country (two letters)').fill('JP')
  await page.getByRole('button', { name: 'Subscribe' }).click()
  await expect(page.getByRole('heading', { name: 'You have Super.' })).toBeVisible()
  await expect(page.getByText('10,000 credits left')).toBeVisible()
  await page.goto('/settings/billing')
  await expect(invoice(page, 'Paid')).toContainText('¥0')
})
