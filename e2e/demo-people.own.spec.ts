import type { Page } from '@playwright/test'
import { Operator } from './fixtures/operator'
import { signInAs, signInSupport } from './fixtures/people'
import { expect, test } from './fixtures/test'

// The test moves the clock, so it runs on its own product.

const STEP_DAYS = 7
const STEPS = 10

/** Words that must never appear to a person who has paid and has credits. */
const CONTRADICTIONS = /used up|no monthly credits|until Super is paid|failed|Nothing yet|could not/i

async function become(page: Page, person: 'Ada' | 'Sam'): Promise<void> {
  await page.context().clearCookies()
  await signInAs(page, person)
}

async function expectConsistent(page: Page): Promise<void> {
  for (const address of ['/settings/credits', '/settings/usage', '/settings/billing']) {
    await page.goto(address)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await expect(page.locator('main [aria-busy=true]')).toHaveCount(0)
    await expect(page.getByRole('main'), address).not.toContainText(CONTRADICTIONS)
  }
}

test('the demo people’s data stays consistent while the clock moves forward 70 days: renewals, invoices, portal, audit', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const balanceOf = async (user: string) => (await operator.get(`/balance?user=${user}`)).json()
  const paidBy = async (user: string) => {
    const { data } = await (await operator.get(`/invoices?user=${user}&limit=50`)).json()
    return data.map((invoice: { amount: number; status: string }) => `${invoice.amount} ${invoice.status}`)
  }
  await become(page, 'Sam')
  await expectConsistent(page)
  expect(await paidBy('demo-sam')).toEqual(['1400 paid', '2000 paid', '2000 paid'])
  expect(await paidBy('demo-ada')).toEqual(['600 paid'])

  for (let step = 1; step <= STEPS; step++) {
    await operator.moveClockBy(STEP_DAYS)
    const sam = await balanceOf('demo-sam')
    expect(sam, `after ${step * STEP_DAYS} days`).toMatchObject({
      plan: { key: 'super', status: 'active', endsAt: null },
      allowance: { limit: 10_000 },
      packs: { remaining: 5_000 },
    })
    expect(sam.allowance.remaining + sam.allowance.used).toBe(10_000)
    for (const user of ['demo-ada', 'demo-cleo', 'demo-nova'])
      expect(await balanceOf(user)).toMatchObject({
        plan: { key: 'free', status: 'active' },
        allowance: { limit: 1_000 },
      })
  }

  // 46 days at the start and 70 more, so four months have begun.
  expect(await paidBy('demo-sam')).toEqual(['2000 paid', '2000 paid', '1400 paid', '2000 paid', '2000 paid'])
  for (const person of ['Ada', 'Sam'] as const) {
    await become(page, person)
    await expectConsistent(page)
  }
  await page.goto('/settings/billing')
  await expect(page.getByText(/^Renews .+ \(UTC\)\.$/)).toBeVisible()
  await expect(page.getByRole('table', { name: /^Invoices/ }).getByRole('row')).toHaveCount(6)
  await page.getByRole('button', { name: 'Manage plan and payment' }).click()
  await page.getByRole('button', { name: 'Cancel at period end' }).click()
  await page.getByRole('link', { name: /^Return to/ }).click()
  await expect(page.getByText('Ending', { exact: true })).toBeVisible()
  await operator.moveClockBy(STEP_DAYS * 5)
  expect(await balanceOf('demo-sam')).toMatchObject({
    plan: { key: 'free' },
    allowance: { limit: 1_000, remaining: 1_000 },
    packs: { remaining: 5_000 },
  })

  await signInSupport(page)
  await page.goto('/operator/notices')
  await page.getByRole('button', { name: 'Run the audit now' }).click()
  const audit = page.getByRole('region', { name: 'Ledger audit' })
  await expect(audit).toContainText('Clean')
  await expect(page.getByRole('region', { name: 'Stripe events not applied' })).toContainText('None.')
})
