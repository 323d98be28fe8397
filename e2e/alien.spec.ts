import type { Page } from '@playwright/test'
import { expect, test } from './fixtures/alien'
import { onCheckout, pay } from './fixtures/checkout'
import { newPerson, signIn } from './fixtures/people'

/** Names of the shipped catalogue. */
const SHIPPED = /\bSuper\b|Standard AI|Web Content|Text-to-Speech|\$/

async function open(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.locator('[aria-busy=true]')).toHaveCount(0)
  await expect(page.locator('body')).not.toContainText(SHIPPED, { useInnerText: true })
}

test('every page shows a catalogue that has nothing in common with the shipped one', async ({
  server,
  operator,
  page,
}) => {
  await open(page, '/')
  await expect(page.getByRole('link', { name: 'Chorus', exact: true })).toBeVisible()
  await expect(page.getByRole('link', { name: 'help@chorus.example' })).toBeVisible()
  await open(page, '/guide')
  await expect(page.getByRole('main')).toContainText('Room Echo counts cubic metres: 4 per 5 cubic metres.')

  await open(page, '/pricing?currency=jpy')
  const plans = page.getByRole('region', { name: 'Plans' })
  await expect(plans.getByRole('heading', { level: 3 })).toHaveText([
    'Listener',
    'Player',
    'Player, by the year',
    'Band',
    'Band, by the year',
  ])
  await expect(plans).toContainText('¥48,000 a year')
  await expect(plans).toContainText('Scores without a watermark')
  await expect(page.getByRole('region', { name: 'Credit packs' })).toContainText(
    'These credits expire 90 days after you buy them.',
  )
  // A family that mixes the editor with apps says which operation has no premium.
  const table = page.getByRole('table', { name: 'What each operation costs, in credits' })
  await expect(table.getByRole('row', { name: /^Score/ })).toContainText('+25% in others’ apps')
  await expect(table.getByRole('row', { name: /Arranging/ })).toContainText('never a premium')
  await expect(table.getByRole('row', { name: /Sketch/ })).not.toContainText('never a premium')

  // A purchase in yen, a use priced by a field of its own, and its receipt.
  const user = await newPerson(operator)
  await signIn(page, operator, { user, to: 'billing' })
  await open(page, '/settings/billing?currency=jpy')
  await page.getByRole('button', { name: 'Upgrade to Band for ¥4,800 a month' }).click()
  await onCheckout(page)
  await pay(page)
  await expect.poll(() => server.available(user)).toBe(12_000)
  const used = await server.post('/charges', {
    user,
    operation: 'space.echo',
    usage: { roomVolume: 62.5 },
  })
  expect([used.status, used.body.total]).toEqual([201, 50])
  await server.post('/charges', { user, operation: 'score.master', usage: { bars: 10, choir: true } })
  await open(page, '/settings/billing')
  await expect(page.getByRole('main')).toContainText('12,000 credits a month for ¥4,800')
  await open(page, '/settings/credits')
  await expect(page.getByRole('main')).toContainText('Full Score')
  await open(page, '/settings/usage')
  const charges = page.getByRole('table', { name: /^Charges/ })
  await charges.getByRole('link', { name: /Room Echo/ }).click()
  await expect(page.getByRole('dialog')).toContainText('62.5 cubic metres')
  for (const address of ['/settings/apps', '/settings/rewards', '/apps']) await open(page, address)

  await server.signInStaff(page)
  await open(page, '/operator/report')
  await expect(page.getByText(/adds up, to the thousandth of a credit\.$/)).toBeVisible()
  await expect(page.getByRole('row', { name: 'Total JPY' })).toContainText('¥4,800')
})

test('a trial is offered once, says when it ends and what is paid then, and costs nothing if it is cancelled', async ({
  server,
  operator,
  page,
}) => {
  await open(page, '/pricing?currency=jpy')
  const terms =
    '600 credits for 21 days, in addition to those you have. Then ¥12,000 a year for 2,400 credits each month; if you cancel before, you pay nothing. One trial for each person and card.'
  await expect(page.getByRole('region', { name: 'Plans' })).toContainText(terms)

  const user = await newPerson(operator)
  await signIn(page, operator, { user, to: 'billing' })
  await open(page, '/settings/billing?currency=jpy')
  await expect(page.getByRole('main')).toContainText(terms)
  await page.getByRole('button', { name: 'Try Player, by the year free for 21 days' }).click()
  await onCheckout(page)
  await expect(page.getByText('21 days free, then ¥12,000 per year')).toBeVisible()
  await pay(page)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('You are trying Player, by the year.')
  await expect(page.getByRole('main')).toContainText('Then ¥12,000 a year for 2,400 credits each month')
  await expect(page.getByRole('main')).toContainText('900 credits left')

  await open(page, '/settings/billing')
  const main = page.getByRole('main')
  await expect(main).toContainText('600 credits for the trial, then 2,400 credits a month')
  await expect(main).toContainText(/Trial until \d+ \w+.* then ¥12,000 a year\./)
  await expect(page.getByRole('row', { name: /Trial credits/ })).toContainText('+600')
  await expect(page.getByRole('button', { name: /^(Try|Upgrade|Change)/ })).toHaveCount(0)
  await page.getByRole('button', { name: 'Manage plan and payment' }).click()
  await expect(page.getByText(/Trial until/)).toBeVisible()
  await page
    .getByRole('button', { name: /^Cancel/ })
    .first()
    .click()
  await open(page, '/settings/billing')
  await expect(main).toContainText('Nothing will be charged. Ends on')

  // The same card in another account: the trial ends immediately, and the plan can be bought.
  const other = await newPerson(operator)
  await page.context().clearCookies()
  await signIn(page, operator, { user: other, to: 'billing' })
  await page.getByRole('button', { name: 'Try Player, by the year free for 21 days' }).click()
  await pay(page)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('The trial did not begin.')
  await expect(main).toContainText('because its card has been used for a trial before. Nothing was charged')
  await expect.poll(() => server.available(other)).toBe(300)
  await open(page, '/settings/billing')
  await expect(main).toContainText('The trial of Player, by the year did not begin')
  await page.getByRole('button', { name: 'Upgrade to Player, by the year for €79 a year' }).click()
  await pay(page)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('You have Player, by the year.')

  await server.signInStaff(page)
  await page.goto(`/operator?q=${user.slice(-12)}@e2e.example`)
  await expect(main).toContainText('Player, by the year, ending')
  await expect(main).toContainText('runs, with 600 credits')
})
