import { expect, test } from './fixtures/test'

test.describe('every test', () => {
  test('opens the product as npm start serves it', async ({ page }) => {
    await page.goto('/')
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  })

  test('fails when the page logs an error', async ({ page }) => {
    test.fail()
    await page.goto('/')
    await page.evaluate(() => console.error('planted'))
  })

  test('fails when the page throws', async ({ page }) => {
    test.fail()
    await page.goto('/')
    const thrown = page.waitForEvent('pageerror')
    await page.evaluate(() =>
      queueMicrotask(() => {
        throw new Error('planted')
      }),
    )
    await thrown
  })
})
