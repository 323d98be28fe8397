import {
  AT_ONCE,
  day,
  expectActive,
  expectAll,
  expectForStaff,
  expectSoon,
  invoice,
  notice,
  openAsStaff,
  openBilling,
  payNow,
  plan,
  upgrade,
} from './fixtures/billing-page'
import {
  endMonth,
  expectStatus,
  newScene,
  paySuperInEuros,
  restoreStripe,
  someone,
  subscriptionOf,
} from './fixtures/plan-states'
import { expect, test } from './fixtures/test'

// These tests move the product's clock and change its Stripe, so they run on their own product.
// plan-states.full.spec.ts has more.
test.afterEach(restoreStripe)

test('a trial gives Super with the existing credits, and the page shows when it ends', async ({
  page,
  request,
}) => {
  const scene = await someone('trialing', request)
  const { trial_end } = await subscriptionOf(scene)
  await openBilling(page, scene)
  await expectAll(plan(page), [
    'SuperTrial',
    `Trial until ${day(trial_end)}, then $20 a month.`,
    'Its credits come with the first payment; until then Super can be used with the credits you have.',
  ])
  await expect(page.getByText('1,000 credits left')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Manage plan and payment' })).toBeVisible()
  await expect(upgrade(page)).toHaveCount(0)
  await page.goto('/settings/credits')
  await expect(page.getByText('Super plan')).toBeVisible()
  await expect(page.getByRole('main')).toContainText(`resets ${day(trial_end)}`)
})

test('while an invoice awaits payment, Super stays; paying it grants the credits', async ({
  page,
  request,
}) => {
  const scene = await someone('invoiced', request)
  await openBilling(page, scene)
  await expectAll(plan(page), ['SuperTo be paid', 'New credits arrive when the invoice is paid.'])
  await expectAll(notice(page, 'Your invoice for Super is waiting to be paid.'), [
    'You keep Super meanwhile; new credits come when it is paid.',
    'Pay now',
  ])
  await expect(invoice(page, 'To be paid').getByRole('link', { name: /^Pay invoice/ })).toBeVisible()
  await openAsStaff(page, scene)
  await expectForStaff(page, 'Super, invoice to be paid')
  await openBilling(page, scene)
  await payNow(page, scene)
  await expectActive(page)
})

test('a failed first payment starts no plan and can be retried', async ({ page, request }) => {
  const scene = await someone('incomplete', request)
  await openBilling(page, scene)
  await expectAll(plan(page), ['Free', '1,000 credits a month'])
  await expectAll(notice(page, 'Your payment for Super is not finished.'), [
    'Super starts once it is. Your bank may ask you to confirm it, or to use another card.',
  ])
  await expect(upgrade(page)).toBeVisible()
  await payNow(page, scene)
  await expectActive(page)
})

test('a pending first payment starts no plan and is not requested twice', async ({ page, request }) => {
  const scene = await someone('first-payment', request)
  await openBilling(page, scene)
  await expectAll(plan(page), ['Free', '1,000 credits a month'])
  await expectAll(notice(page, 'Your payment for Super is on its way.'), [
    'Banks take a few days. Super starts when the money has arrived; until then you are on Free.',
  ])
  await expect(page.getByText('Your first payment for Super is on its way.')).toBeVisible()
  await expect(upgrade(page)).toHaveCount(0)
  await expect(page.getByRole('link', { name: 'Pay now' })).toHaveCount(0)
  await expect(invoice(page, 'On its way').getByRole('link', { name: /^View/ })).toBeVisible()
  const { latest_invoice } = await subscriptionOf(scene)
  await scene.stripe.set('async-payment', { invoice: String(latest_invoice), outcome: 'succeeds' })
  await expectStatus(scene, 'active')
  await page.reload()
  await expectActive(page)
})

test('a payment in another currency shows "paid, being checked" until staff accept it', async ({
  page,
  request,
}) => {
  const scene = await newScene(request)
  const session = await paySuperInEuros(scene)
  await openBilling(page, scene)
  await expectAll(notice(page, 'Paid, being checked.'), [
    'Your payment for Super arrived, but it does not match our price.',
    'you will get what you paid for or your money back.',
  ])
  await expectAll(plan(page), ['FreeBeing checked', '1,000 credits a month'])
  await expect(upgrade(page)).toHaveCount(0)
  const success = `/settings/billing/success?session_id=${session}`
  await page.goto(success)
  await expect(page.getByRole('heading', { name: 'Paid, being checked.' })).toBeVisible()
  await expect(page.getByText('1,000 credits left')).toBeVisible()

  await openAsStaff(page, scene)
  await expectForStaff(page, 'Free, Super being checked')
  await expect(page.getByText('€18.50 paid, to be checked')).toBeVisible()
  await page.getByRole('link', { name: /^View/ }).click()
  await page.getByLabel('Reason').first().fill('The older price list')
  await page.getByRole('button', { name: 'Give Super for €18.50' }).click()
  await expect(page.getByText('10,000 credits available, 0 held')).toBeVisible()
  await openBilling(page, scene)
  await expectActive(page)
  await page.goto(success)
  await expect(page.getByRole('heading', { name: 'You have Super.' })).toBeVisible()
})

test('a pending bank debit keeps the plan and its credits, and the page shows how long', async ({
  page,
  request,
}) => {
  const scene = await someone('processing', request)
  await openBilling(page, scene)
  await expectAll(plan(page), [
    'SuperPayment pending',
    'The payment for the new month is on its way; banks take up to 14 days.',
    /The credits you have can be spent until it arrives, until \d+ \w+ \(UTC\) at the latest\./,
  ])
  await expect(page.getByText('10,000 credits left')).toBeVisible()
  await expect(invoice(page, 'On its way')).toBeVisible()
  await expect(page.getByRole('link', { name: /^Pay/ })).toHaveCount(0)
  const until = /until (\d+ \w+ \(UTC\)) at/.exec((await plan(page).textContent()) ?? '')?.[1] ?? ''
  await page.goto('/settings/credits')
  await expect(page.getByRole('main')).toContainText(`resets ${until}`)
})

test('pausing payments ends Super with the paid month, and the page shows how to resume', async ({
  page,
  request,
}) => {
  const scene = await someone('pausing', request)
  const { items } = await subscriptionOf(scene)
  const end = day(items.data[0]?.current_period_end)
  await openBilling(page, scene)
  await expectAll(plan(page), [
    'SuperPaused',
    `Payments are paused: Super lasts until ${end}, then Free. Packs and other credits stay.`,
    'To continue with Super, ask us to resume the payments.',
  ])
  await endMonth(scene)
  await page.reload()
  await expectAll(plan(page), ['FreeSuper paused', `Super ended on ${end}.`, 'New credits arrive on'])
  await expect(page.getByText('1,000 credits left')).toBeVisible()
  await expect(upgrade(page)).toBeVisible()
  await openAsStaff(page, scene)
  await expectForStaff(page, 'Free, Super paused')
})

test('an unpaid plan returns to Free and offers its open invoice only while paying it restores Super', async ({
  page,
  request,
}) => {
  const scene = await someone('unpaid', request)
  await openBilling(page, scene)
  await expectAll(plan(page), ['FreeSuper not paid', 'Super ended on', 'New credits arrive on'])
  await expectAll(notice(page, 'Super stopped: its payment failed.'), [
    'Pay the open invoice to get it back immediately, or buy it again below.',
    'Pay now',
  ])
  await expect(upgrade(page)).toBeVisible()
  await openAsStaff(page, scene)
  await expectForStaff(page, 'Free, Super unpaid')
  await endMonth(scene)
  await openBilling(page, scene)
  await expectSoon(page, () =>
    expect(notice(page, 'Super stopped: its payment failed.')).toContainText('Buy it again below.', AT_ONCE),
  )
  await expect(invoice(page, 'Cancelled')).toBeVisible()
  await expect(page.getByRole('link', { name: /^Pay/ })).toHaveCount(0)
})
