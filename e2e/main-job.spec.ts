import { Operator } from './fixtures/operator'
import { expect, test } from './fixtures/test'

test('a new person’s metered operation appears on the pages without a reload', async ({ page, request }) => {
  await page.goto('/signin')
  await page.getByRole('button', { name: 'Sign in as Nova' }).click()
  await expect(page).toHaveURL(/\/settings\/credits$/)
  await expect(page.getByRole('heading', { name: '1,000 credits left' })).toBeVisible()

  const charged = await new Operator(request).post('/charges', {
    user: 'demo-nova',
    operation: 'web.extract',
    usage: { pages: 3 },
  })
  expect(charged.status()).toBe(201)
  expect(await charged.json()).toMatchObject({ base: 24, premium: 0, total: 24 })

  await expect(page.getByRole('heading', { name: '976 credits left' })).toBeVisible()
  const chart = page.getByRole('region', { name: /by operation/i })
  await expect(chart.getByText(/Web Content Extraction/).first()).toBeVisible()
  await expect(chart.locator('.recharts-bar-rectangle path').first()).toBeVisible()

  await page.getByRole('link', { name: 'Usage' }).first().click()
  const row = page.getByRole('row', { name: /Web Content Extraction/ })
  await expect(row).toContainText('24')
  await row.getByRole('link').or(row.getByRole('button')).first().click()
  await expect(page.getByRole('dialog')).toContainText('3 pages × 8')
})
