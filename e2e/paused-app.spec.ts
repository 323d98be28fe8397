import { expectAccessible } from './fixtures/accessible'
import { Operator } from './fixtures/operator'
import { openAllowedApp } from './fixtures/sample-app'
import { expect, test } from './fixtures/test'

const APP = '/apps/page-reader'

async function pause(operator: Operator, user: string): Promise<void> {
  const paused = await operator.put('/apps/page-reader/budget', { user, monthlyLimit: 200, paused: true })
  expect(paused.status()).toBe(200)
}

test('a paused app says so before a use and can be resumed with one press', async ({ page, request }) => {
  const operator = new Operator(request)
  const user = await openAllowedApp(page, operator, { app: APP })
  await pause(operator, user)
  await page.goto(APP)
  await expect(page.getByText('You paused this app’s spending.')).toBeVisible()
  await expect(page.getByText(/credits left\.$/)).toHaveCount(0)
  await expectAccessible(page, 'a paused app')
  await page.getByRole('button', { name: /^Resume/ }).click()
  await expect(page.getByText('You paused this app’s spending.')).toHaveCount(0)
  await page.getByRole('textbox', { name: 'What do you want?' }).fill('Five names for a cat')
  await page.getByRole('button', { name: 'Write', exact: true }).click()
  await expect(page.getByText(/^It cost/)).toBeVisible()
})

test('an app that is paused elsewhere refuses with one reason, and resuming it continues the same action', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const user = await openAllowedApp(page, operator, { app: APP })
  await page.getByRole('textbox', { name: 'What do you want?' }).fill('Five names for a dog')
  await pause(operator, user)
  await page.getByRole('button', { name: 'Write', exact: true }).click()
  const refusal = page.getByRole('alert').filter({ hasText: 'You paused this app’s spending.' })
  await expect(refusal).toContainText('Nothing was charged')
  await expect(page.getByText('You paused this app’s spending.')).toHaveCount(1)
  await refusal.getByRole('button', { name: /^Resume/ }).click()
  await expect(page.getByText(/^It cost/)).toBeVisible()
  await expect(page.getByRole('article', { name: 'Five names for a dog' })).toBeVisible()
})

test('before and after a use, the page names a too-small budget instead of the balance', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  await openAllowedApp(page, operator, { app: APP, budget: '2' })
  await expect(page.getByText(/The budget you set for this app has 2 credits left\.$/)).toBeVisible()
  await page.getByRole('textbox', { name: 'What do you want?' }).fill('Five names for a boat')
  await page.getByRole('button', { name: 'Write', exact: true }).click()
  await expect(page.getByText('This would go over the budget you set for this app.')).toBeVisible()
  await expect(page.getByText(/has 2 credits left\.$/)).toHaveCount(0)
  await expect(page.getByText(/You have .* credits left/)).toHaveCount(0)
})
