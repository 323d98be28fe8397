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
  await page.goto('/operator/report')
  await expect(page.getByText(/adds up, to the thousandth of a credit\.$/)).toBeVisible()
  await expect(page.getByRole('row', { name: 'Total JPY' })).toContainText('¥4,800')
})
