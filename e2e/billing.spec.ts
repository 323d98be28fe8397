import type { Page } from '@playwright/test'
import { expectAccessible } from './fixtures/accessible'
import { onCheckout, pay } from './fixtures/checkout'
import { Operator } from './fixtures/operator'
import { availableOf, newPerson, signIn, useUpFree } from './fixtures/people'
import { expect, test } from './fixtures/test'

const pack = (page: Page) => page.getByRole('button', { name: 'Buy 2,000 credits for $6' })
const upgrade = (page: Page) => page.getByRole('button', { name: 'Upgrade to Super for $20 a month' })

test.describe('buying', () => {
  test('a pack from the notice at zero leads through checkout back to the credits page', async ({
    page,
    request,
  }) => {
    const operator = new Operator(request)
    const user = await newPerson(operator)
    await useUpFree(operator, user)
    await signIn(page, operator, { user, to: 'credits' })

    await expect(page.getByText('No credits left.')).toBeVisible()
    await expect(page.getByRole('link', { name: 'Upgrade to Super for $20 a month' })).toBeVisible()
    await page.getByRole('link', { name: 'Buy 2,000 credits for $6' }).click()
    await expect(page).toHaveURL(/\/settings\/billing\?pack=small/)
    await expect(page.getByText('Suggested')).toBeVisible()
    await expect(pack(page)).toBeFocused()

    // Leaving the checkout buys nothing and returns to the page where it began.
    await page.keyboard.press('Enter')
    await onCheckout(page)
    await page.getByRole('link', { name: /^Back to/ }).click()
    await expect(page).toHaveURL(/\/settings\/credits$/)
    expect(await availableOf(operator, user)).toBe(0)

    await page.getByRole('link', { name: 'Buy 2,000 credits for $6' }).click()
    await pack(page).click()
    await pay(page)
    await expect(page.getByRole('heading', { name: '2,000 credits added.' })).toBeVisible()
    await expect(page.getByText('2,000 credits left')).toBeVisible()
    await page.getByRole('link', { name: 'Back to your credits' }).click()
    await expect(page.getByRole('heading', { name: '2,000 credits left' })).toBeVisible()

    await page.goto('/settings/billing')
    const invoice = page.getByRole('row', { name: /Small pack/ })
    await expect(invoice).toContainText('$6')
    await expect(invoice).toContainText('Paid')
    await expect(invoice.getByRole('link', { name: /^View invoice/ })).toHaveAttribute('href', /^http/)
  })

  test('by a double click opens one checkout, and Back leads to a working button', async ({
    page,
    request,
  }) => {
    const operator = new Operator(request)
    const user = await newPerson(operator)
    await signIn(page, operator, { user, to: 'billing' })
    await pack(page).dblclick()
    await onCheckout(page)
    const first = page.url()
    await page.goBack()
    await expect(page.getByRole('heading', { name: 'Billing' })).toBeVisible()
    await expect(pack(page)).toBeEnabled()
    await pack(page).click()
    await onCheckout(page)
    expect(page.url()).toBe(first)
  })

  test('in two tabs cannot sell the plan twice', async ({ page, context, request }) => {
    const operator = new Operator(request)
    const user = await newPerson(operator)
    await signIn(page, operator, { user, to: 'billing' })
    const other = await context.newPage()
    await other.goto('/settings/billing')
    await upgrade(page).click()
    await pay(page)
    await expect(page.getByRole('heading', { name: 'You have Super.' })).toBeVisible()
    await upgrade(other).click()
    await expect(other.getByText('You already have Super.')).toBeVisible()
    await expect(upgrade(other)).toHaveCount(0)
    expect(await availableOf(operator, user)).toBe(10_000)
  })

  test('by bank debit waits for the money and says so', async ({ page, request }) => {
    const operator = new Operator(request)
    const user = await newPerson(operator)
    await signIn(page, operator, { user, to: 'billing' })
    await pack(page).click()
    await pay(page, 'Bank account: the money arrives later')
    await expect(page.getByRole('heading', { name: 'Your payment is on its way.' })).toBeVisible()
    await expect(page.getByText('1,000 credits left')).toBeVisible()
  })

  test('as a visitor leads through signing in back to the offer', async ({ page }) => {
    await page.goto('/pricing')
    await page.getByRole('link', { name: 'Buy 5,000 credits for $14' }).click()
    await page.getByRole('button', { name: 'Sign in as Nova' }).click()
    await expect(page).toHaveURL(/\/settings\/billing\?pack=medium/)
    await expect(page.getByRole('button', { name: 'Buy 5,000 credits for $14' })).toBeFocused()
    await page.goto('/pricing')
    await page.getByRole('button', { name: 'Buy 5,000 credits for $14' }).click()
    await onCheckout(page)
    await page.getByRole('link', { name: /^Back to/ }).click()
    await expect(page).toHaveURL(/\/pricing$/)
  })

  test('ignores an unknown pack and a forbidden return URL, and explains both', async ({ page, request }) => {
    const operator = new Operator(request)
    const user = await newPerson(operator)
    await signIn(page, operator, { user, to: 'billing' })
    await page.goto('/settings/billing?pack=gone&returnTo=https://elsewhere.example/')
    await expect(page.getByText('That pack is no longer for sale.')).toBeVisible()
    await expect(page.getByRole('link', { name: /elsewhere/ })).toHaveCount(0)
    await pack(page).click()
    await onCheckout(page)
  })
})

test.describe('another person’s checkout', () => {
  test.use({ expectedConsoleErrors: [/404/] })

  test('is not found', async ({ page, request }) => {
    const operator = new Operator(request)
    const buyer = await newPerson(operator)
    const other = await newPerson(operator)
    await signIn(page, operator, { user: buyer, to: 'billing' })
    await pack(page).click()
    await pay(page)
    const success = page.url()
    await signIn(page, operator, { user: other, to: 'billing' })
    for (const address of [success, '/settings/billing/success?session_id=cs_test_unknown']) {
      const answer = await page.goto(address)
      expect(answer?.status()).toBe(404)
      await expect(page.getByText('There is no page at this address.')).toBeVisible()
    }
  })
})

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 } })

  test('a refusal in an app leads to buying a pack and back, and the same request then succeeds', async ({
    page,
    request,
  }) => {
    const operator = new Operator(request)
    const creator = await newPerson(operator)
    const user = await newPerson(operator)
    const origin = `https://story-${user.slice(-12)}.example`
    const made = await operator.post('/apps', {
      user: creator,
      name: 'Story Studio',
      slug: `story-${user.slice(-12)}`,
      visibility: 'public',
      origins: [origin],
    })
    expect(made.status()).toBe(201)
    const app = (await made.json()).id
    await page.route(`${origin}/**`, (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: '<!doctype html><title>App</title><h1>Story Studio</h1>',
      }),
    )

    const wanted = { user, app, operation: 'image.standard', usage: { images: 25 } }
    const refused = await operator.post('/charges', wanted, `story-${user}`)
    expect(refused.status()).toBe(402)
    const { options } = await refused.json()
    const offer = options.find(({ kind }: { kind: string }) => kind === 'pack')
    expect(offer).toMatchObject({ label: 'Buy 2,000 credits for $6' })

    const returnTo = `${origin}/stories/7`
    await signIn(page, operator, { user, to: 'billing', returnTo })
    await expect(page.getByRole('link', { name: 'Back to Story Studio' })).toHaveAttribute('href', returnTo)
    await page.goto(`${offer.href}&returnTo=${encodeURIComponent(returnTo)}`)
    await expect(pack(page)).toBeFocused()
    await expect(pack(page)).toBeInViewport()
    await pack(page).click()
    await pay(page)
    await expect(page.getByRole('heading', { name: '2,000 credits added.' })).toBeVisible()
    await expect(page.getByText('3,000 credits left')).toBeVisible()
    await expectAccessible(page)
    await page.getByRole('link', { name: 'Back to Story Studio' }).click()
    await expect(page).toHaveURL(returnTo)

    const again = await operator.post('/charges', wanted, `story-${user}`)
    expect(again.status()).toBe(201)
    expect(await again.json()).toMatchObject({ base: 1_250, premium: 125, total: 1_375 })
  })
})
