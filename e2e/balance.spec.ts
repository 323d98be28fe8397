import type { Page } from '@playwright/test'
import { expectAccessible } from './fixtures/accessible'
import { pay } from './fixtures/checkout'
import { Operator } from './fixtures/operator'
import { newPerson, signIn } from './fixtures/people'
import { expect, test } from './fixtures/test'

// The 404 page has the header too; the browser logs its status.
test.use({ expectedConsoleErrors: [/404 \(Not Found\)/] })

const chip = (page: Page) => page.getByRole('banner').getByRole('button', { name: /^Balance: / })
const details = (page: Page) => page.locator('#balance-details')

async function extract(operator: Operator, user: string, pages: number): Promise<void> {
  const charge = await operator.post('/charges', { user, operation: 'web.extract', usage: { pages } })
  expect(charge.status()).toBe(201)
}

test('every page shows the balance, its reset and ways to get more, except to visitors', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  await page.goto('/pricing')
  await expect(chip(page)).toHaveCount(0)
  const user = await newPerson(operator)
  await extract(operator, user, 3)
  await signIn(page, operator, { user, to: 'credits' })
  for (const path of [
    '/',
    '/pricing',
    '/guide',
    '/docs/api',
    '/apps',
    '/apps/page-reader',
    '/editor',
    '/settings/apps',
    '/nowhere',
  ]) {
    await page.goto(path)
    await expect(chip(page), path).toHaveAccessibleName('Balance: 976 credits')
    await expect(details(page)).toBeHidden()
  }
  await page.goto('/pricing')
  await chip(page).click()
  await expect(details(page)).toContainText('You have 976 credits.')
  await expect(details(page)).toContainText(/resets \d{1,2} \w+ \(UTC\)/i)
  await expect(details(page).getByRole('link', { name: 'Upgrade to Super for $20 a month' })).toBeVisible()
  await expectAccessible(page, 'the balance, opened')
  await page.keyboard.press('Escape')
  await expect(details(page)).toBeHidden()
  await expect(chip(page)).toBeFocused()
  await page.keyboard.press('Enter')
  await details(page).getByRole('link', { name: 'Buy 2,000 credits for $6' }).click()
  await expect(page).toHaveURL(/\/settings\/billing\?pack=small&returnTo=%2Fpricing/)
  await expect(details(page)).toBeHidden()
})

test('in an app, the balance chip names the app’s budget and updates after a use', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  await signIn(page, operator, { user, to: 'credits' })
  await page.goto('/apps/page-reader/connect')
  await page.getByLabel('Credits a month').fill('200')
  await page.getByRole('button', { name: /^Allow up to/ }).click()
  await chip(page).click()
  await expect(details(page)).toContainText('Page Reader')
  await expect(details(page)).toContainText('0 of 200 credits this month')
  await page.keyboard.press('Escape')
  await page.getByRole('textbox', { name: 'What do you want?' }).fill('Three names for a boat')
  await page.getByRole('button', { name: 'Write', exact: true }).click()
  await expect(page.getByText(/^It cost/)).toBeVisible()
  await expect(chip(page)).toHaveAccessibleName(/^Balance: 99\d credits$/)
  await chip(page).click()
  await expect(details(page)).toContainText(/[1-9]\d* of 200 credits this month/)
  await page.keyboard.press('Escape')
  await page.goto('/apps')
  await chip(page).click()
  await expect(details(page)).not.toContainText('Page Reader')
})

test('the balances on the billing page and in the header follow a charge made elsewhere', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  await signIn(page, operator, { user, to: 'billing' })
  const left = page.getByRole('main').getByText('credits left', { exact: true }).locator('..')
  await expect(left).toHaveText('1,000 credits left')
  await extract(operator, user, 3)
  await expect(left).toHaveText('976 credits left', { timeout: 15_000 })
  await expect(chip(page)).toHaveAccessibleName('Balance: 976 credits')
})

test('the credits page of a cancelled plan keeps its two columns', async ({ page, request }) => {
  const operator = new Operator(request)
  await signIn(page, operator, { user: await newPerson(operator), to: 'billing' })
  await page.getByRole('button', { name: 'Upgrade to Super for $20 a month' }).click()
  await pay(page)
  await page.goto('/settings/billing')
  await page.getByRole('button', { name: 'Manage plan and payment' }).click()
  await page.getByRole('button', { name: 'Cancel at period end' }).click()
  await page.getByRole('link', { name: /^Return to/ }).click()
  const outlook = page.getByText(/^Ends on .+ \(UTC\), then Free\./)
  const manage = page.getByRole('button', { name: 'Manage plan and payment' })
  for (const width of [1280, 1024, 768]) {
    await page.setViewportSize({ width, height: 900 })
    const [words, button] = [await outlook.boundingBox(), await manage.boundingBox()]
    if (words === null || button === null) throw new Error('the plan is not on the page')
    expect(button.x, `at ${width}`).toBeGreaterThanOrEqual(words.x + words.width)
    expect(button.y, `at ${width}`).toBeLessThan(words.y + words.height)
  }
})
