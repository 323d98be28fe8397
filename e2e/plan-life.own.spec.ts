import { onCheckout, pay } from './fixtures/checkout'
import { Operator } from './fixtures/operator'
import { availableOf, newPerson, signIn, useUpFree } from './fixtures/people'
import { StripeAccount } from './fixtures/stripe-account'
import { expect, test } from './fixtures/test'

// These tests move the product's clock and break its Stripe, so they run on their own product.

const BUY = { name: 'Buy 2,000 credits for $6' }
const UPGRADE = { name: 'Upgrade to Super for $20 a month' }

test('a person at zero buys a pack, then Super, cancels it, and returns to Free with the pack intact', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  await useUpFree(operator, user)
  await signIn(page, operator, { user, to: 'billing' })
  await expect(page.getByText('0 credits left')).toBeVisible()

  await page.getByRole('button', BUY).click()
  await pay(page)
  await expect(page.getByRole('heading', { name: '2,000 credits added.' })).toBeVisible()
  expect(await availableOf(operator, user)).toBe(2_000)

  await page.goto('/settings/billing')
  await page.getByRole('button', UPGRADE).click()
  await pay(page)
  await expect(page.getByRole('heading', { name: 'You have Super.' })).toBeVisible()
  await expect(page.getByText('12,000 credits left')).toBeVisible()
  const upgraded = await balanceOf(operator, user)
  expect(upgraded).toMatchObject({
    plan: { key: 'super' },
    allowance: { limit: 10_000, used: 0 },
    packs: { remaining: 2_000 },
  })

  await page.goto('/settings/billing')
  await expect(page.getByText(/^Renews .+ \(UTC\)\.$/)).toBeVisible()
  await page.getByRole('button', { name: 'Manage plan and payment' }).click()
  await page.getByRole('button', { name: 'Cancel at period end' }).click()
  await expect(page.getByText(/^Ends on /)).toBeVisible()
  await page.getByRole('link', { name: /^Return to/ }).click()
  await expect(page).toHaveURL(/\/settings\/billing$/)
  await expect(page.getByText('Ending', { exact: true })).toBeVisible()
  await expect(page.getByText(/^Ends on .+ \(UTC\), then Free\./)).toBeVisible()

  await operator.moveClockBy(32)
  await page.reload()
  await expect(page.getByText(/^Super ended on .+ \(UTC\)\./)).toBeVisible()
  await expect(page.getByText('3,000 credits left')).toBeVisible()
  await expect(page.getByRole('button', UPGRADE)).toBeVisible()
  expect(await balanceOf(operator, user)).toMatchObject({
    plan: { key: 'free' },
    allowance: { limit: 1_000, remaining: 1_000 },
    packs: { remaining: 2_000 },
  })
})

test('after a failed renewal, Super stays, the next attempt is shown, and paying grants the credits', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  await signIn(page, operator, { user, to: 'billing' })
  await page.getByRole('button', UPGRADE).click()
  await pay(page, 'Card that works now and fails at renewal (0341)')
  await page.goto('/settings/billing')
  await expect(page.getByText('Active', { exact: true })).toBeVisible()

  await operator.moveClockBy(31.5)
  await page.reload()
  await expect(page.getByText('The payment for Super failed.')).toBeVisible()
  await expect(page.getByText(/^Stripe tries again on .+ \(UTC\)\. You keep Super/)).toBeVisible()
  await expect(page.getByText('0 credits left')).toBeVisible()
  await page.getByRole('link', { name: 'Pay now' }).click()
  await page.getByRole('button', { name: /^Pay .+ with a card that works/ }).click()
  await expect(page.getByText(/^Paid on /)).toBeVisible()

  await page.goto('/settings/billing')
  await expect(page.getByText('Active', { exact: true })).toBeVisible()
  await expect(page.getByText('10,000 credits left')).toBeVisible()
})

test('the success page grants the purchase even if no webhook arrives', async ({ page, request }) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  await signIn(page, operator, { user, to: 'billing' })
  const stripe = new StripeAccount()
  await page.getByRole('button', BUY).click()
  await onCheckout(page)
  await stripe.set('faults', { drop: 'all' })
  await pay(page)
  await expect(page.getByRole('heading', { name: '2,000 credits added.' })).toBeVisible()
  await expect(page.getByText('3,000 credits left')).toBeVisible()
  await page.reload()
  await expect(page.getByText('3,000 credits left')).toBeVisible()
  await stripe.set('faults/reset')
})

test('without Stripe, no checkout starts; the billing page says so and otherwise works', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  await signIn(page, operator, { user, to: 'billing' })
  const stripe = new StripeAccount()
  await page.getByRole('button', BUY).click()
  await onCheckout(page)
  await page.goBack()
  await expect(page.getByRole('button', BUY)).toBeEnabled()
  await stripe.set('faults', { api: { kind: 'error', status: 500, times: null } })
  await page.getByRole('button', { name: 'Buy 5,000 credits for $14' }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'Payments cannot be reached' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Buy 5,000 credits for $14' })).toBeFocused()
  await page.reload()
  await expect(page.getByText('Your invoices cannot be read right now.')).toBeVisible()
  await expect(page.getByText('1,000 credits left')).toBeVisible()
  await stripe.set('faults/reset')
  await page.getByRole('button', { name: 'Buy 5,000 credits for $14' }).click()
  await onCheckout(page)
})

async function balanceOf(operator: Operator, user: string): Promise<unknown> {
  return (await operator.get(`/balance?user=${user}`)).json()
}
