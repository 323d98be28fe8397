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
  plan,
  upgrade,
} from './fixtures/billing-page'
import { onCheckout, pay } from './fixtures/checkout'
import {
  buySuper,
  endMonth,
  expectStatus,
  failToRenew,
  newScene,
  restoreStripe,
  someone,
  subscriptionOf,
  TWO_HOURS,
} from './fixtures/plan-states'
import { expect, test } from './fixtures/test'

// Like plan-states.own.spec.ts, but slower.
test.use({ ownProduct: true })
test.afterEach(restoreStripe)

test('a trial that ends without a card leads to Free, and Super can be bought again', async ({
  page,
  request,
}) => {
  const scene = await someone('paused', request)
  const { trial_end } = await subscriptionOf(scene)
  await openBilling(page, scene)
  await expectAll(plan(page), [
    'FreeSuper paused',
    `Super ended on ${day(trial_end)}. To continue, buy Super again or ask us to resume it.`,
    /New credits arrive on \d+ \w+ \(UTC\)\./,
  ])
  await expect(plan(page)).not.toContainText('Renews')
  await upgrade(page).click()
  await pay(page)
  await page.goto('/settings/billing')
  await expectActive(page)
})

test('a plan that ended for non-payment leaves no payable invoice', async ({ page, request }) => {
  const scene = await someone('ended', request)
  const { ended_at } = await subscriptionOf(scene)
  await openBilling(page, scene)
  await expectAll(plan(page), ['Free', `Super ended on ${day(ended_at)}.`, 'New credits arrive on'])
  await expect(invoice(page, 'Cancelled').getByRole('link', { name: /^View invoice/ })).toBeVisible()
  await expect(page.getByRole('link', { name: /^Pay/ })).toHaveCount(0)
  await expect(upgrade(page)).toBeVisible()
  await openAsStaff(page, scene)
  await expectForStaff(page, 'Free, Super cancelled')
})

test('a customer unknown to Stripe can use every page, loses the plan after an hour, and can buy again', async ({
  page,
  request,
}) => {
  const scene = await someone('unknown', request)
  await openBilling(page, scene)
  await expectAll(plan(page), ['SuperBeing checked'])
  await expect(notice(page, 'Super is being checked.')).toContainText('You keep Super while we check this')
  await expect(page.getByText('The invoice for each payment will appear here.')).toBeVisible()
  await openAsStaff(page, scene)
  await expectForStaff(page, 'Super, being checked')
  await scene.operator.moveClockBy(TWO_HOURS)
  await expectSoon(page, () =>
    expect(page.getByText('Super ended: Stripe does not know its subscription')).toBeVisible(AT_ONCE),
  )
  await openBilling(page, scene)
  await expectAll(plan(page), ['Free', 'Super ended on'])
  await upgrade(page).click()
  await onCheckout(page)
})

test('while Stripe is unreachable, the page shows the last known state, and the rest of it works', async ({
  page,
  request,
}) => {
  const scene = await someone('unreachable', request)
  await openBilling(page, scene)
  await expectAll(notice(page, 'Your plan cannot be checked right now.'), [
    /The plan is shown as it was on .+ UTC\. Nothing is lost\./,
  ])
  await expect(plan(page)).toContainText('SuperTo be paid')
  await expect(page.getByText('Your invoices cannot be read right now.')).toBeVisible()
  await scene.stripe.set('faults/reset')
  await page.getByRole('link', { name: 'Try again' }).first().click()
  await expect(page.getByText('Your plan cannot be checked right now.')).toHaveCount(0)
  await expect(invoice(page, 'To be paid')).toBeVisible()
})

test('a renewal and a cancellation that no event reports still appear on the page', async ({
  page,
  request,
}) => {
  const scene = await newScene(request)
  await buySuper(scene)
  await expectStatus(scene, 'active')
  const used = await scene.operator.post('/charges', {
    user: scene.user,
    operation: 'web.extract',
    usage: { pages: 125 },
  })
  expect(used.status()).toBe(201)
  await openBilling(page, scene)
  await expect(page.getByText('9,000 credits left')).toBeVisible()
  await scene.stripe.set('faults', { lose: 'all' })
  await endMonth(scene)
  await expectSoon(page, () => expect(page.getByText('10,000 credits left')).toBeVisible(AT_ONCE))
  const { id, items } = await subscriptionOf(scene)
  await expectActive(page)
  await expect(plan(page)).toContainText(`Renews ${day(items.data[0]?.current_period_end)}.`)

  await scene.stripe.api.subscriptions.cancel(id)
  await scene.operator.moveClockBy(TWO_HOURS)
  await expectSoon(page, () => expect(plan(page)).toContainText('Super ended on', AT_ONCE))
  await expect(upgrade(page)).toBeVisible()
})

test('an invoice that is paid after its plan has ended is refunded in full, and staff are notified', async ({
  page,
  request,
}) => {
  const scene = await newScene(request)
  // The invoice cannot be voided at the end, so it can still be paid.
  await scene.stripe.set('faults', {
    api: { kind: 'error', status: 500, times: null, writesOnly: true, paths: ['/v1/invoices/'] },
  })
  await failToRenew(scene, 'cancel')
  const { latest_invoice } = await subscriptionOf(scene)
  await scene.stripe.set('pay-invoice', { invoice: String(latest_invoice) })
  await scene.stripe.set('faults/reset')
  await scene.operator.moveClockBy(TWO_HOURS)
  await openBilling(page, scene)
  await expectAll(plan(page), ['Free', 'Super ended on'])
  await expectSoon(page, () =>
    expect(invoice(page, 'Refunded').getByRole('link', { name: /^View/ })).toBeVisible(AT_ONCE),
  )
  await openAsStaff(page, scene)
  await expectSoon(page, () => expect(page.getByText('$20 was refunded')).toBeVisible(AT_ONCE))
  await expectForStaff(page, 'Free, Super cancelled')
})
