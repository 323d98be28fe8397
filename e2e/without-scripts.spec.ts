import { Operator } from './fixtures/operator'
import { newPerson, signIn } from './fixtures/people'
import { expect, test } from './fixtures/test'

test.use({ javaScriptEnabled: false })

test('without JavaScript, every settings page shows its figures, the balance, and tables instead of charts', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  const charge = await operator.post('/charges', { user, operation: 'web.extract', usage: { pages: 3 } })
  expect(charge.status()).toBe(201)
  await signIn(page, operator, { user, to: 'credits' })
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('976 credits left')
  await expect(page.getByRole('region', { name: 'By operation', exact: true })).toContainText(
    'Web Content Extraction',
  )
  const byDay = page.getByRole('table', { name: /^Credits by operation and day/ })
  await expect(byDay.getByRole('row', { name: /so far/ })).toContainText('24')
  await expect(page.locator('[aria-busy=true]')).toHaveCount(0)

  for (const [path, figure] of [
    ['/settings/usage', '24 credits used'],
    ['/settings/billing', '976 credits left'],
    ['/settings/apps', 'No app has used your credits yet.'],
    ['/settings/limits', '24 credits used today'],
    ['/settings/rewards', 'You have not earned any rewards yet.'],
  ] as const) {
    await page.goto(path)
    await expect(page.getByRole('main'), path).toContainText(figure)
    await expect(page.locator('[aria-busy=true]'), path).toHaveCount(0)
  }

  await page.goto('/settings/usage?period=this')
  const charges = page.getByRole('table', { name: /^Charges/ })
  await expect(charges.getByRole('row', { name: /Web Content Extraction/ })).toContainText('24')
  await expect(page.getByRole('table', { name: /^Credits by operation and day/ })).toBeVisible()
  // A native popover needs no script.
  await page.getByRole('banner').getByRole('button', { name: 'Balance: 976 credits' }).click()
  await expect(page.locator('#balance-details')).toContainText('You have 976 credits.')
})
