import type { Page } from '@playwright/test'
import { Operator } from './fixtures/operator'
import { openProxy } from './fixtures/proxy'
import { LONG_SUMMARY, LONG_TITLE, openAllowedApp, prompt, receipt } from './fixtures/sample-app'
import { expect, test } from './fixtures/test'

const APP = '/apps/page-reader'
// The browser itself logs failed requests.
test.use({ expectedConsoleErrors: [/Failed to load resource|net::ERR_/] })

const notice = (page: Page) => page.getByRole('alert').filter({ hasText: 'You are offline.' })

async function chargesOf(operator: Operator, user: string): Promise<number> {
  const answer = await operator.get(`/usage?user=${user}`)
  return (await answer.json()).data.length
}

test('a use started offline keeps the page and charges nothing; repeated online, it charges once', async ({
  page,
  context,
  request,
}) => {
  const operator = new Operator(request)
  const user = await openAllowedApp(page, operator, { app: APP })
  await prompt(page).fill('A packing list for a weekend by the sea')
  await context.setOffline(true)
  await page.getByRole('button', { name: 'Write', exact: true }).click()
  await expect(notice(page)).toContainText('Nothing was charged. Try again once you are back.')
  await expect(prompt(page)).toHaveValue('A packing list for a weekend by the sea')
  expect(await chargesOf(operator, user)).toBe(0)
  await context.setOffline(false)
  await notice(page).getByRole('button', { name: 'Try again' }).click()
  await expect(receipt(page)).toBeVisible()
  await expect(notice(page)).toHaveCount(0)
  await expect(page.getByRole('article', { name: 'A packing list for a weekend by the sea' })).toBeVisible()
  expect(await chargesOf(operator, user)).toBe(1)
})

test('a connection lost during an answer keeps the page, and repeating the use shows its single charge', async ({
  browser,
  request,
}) => {
  const operator = new Operator(request)
  const proxy = await openProxy()
  const context = await browser.newContext({ proxy: { server: proxy.server, bypass: '<-loopback>' } })
  const page = await context.newPage()
  const broken = page.getByRole('alert').filter({ hasText: 'The connection was lost.' })
  const kept = page.getByRole('article', { name: LONG_TITLE })
  try {
    const user = await openAllowedApp(page, operator, { app: APP })
    await prompt(page).fill(LONG_SUMMARY)
    await page.getByRole('button', { name: 'Write', exact: true }).click()
    await expect(page.getByRole('region', { name: 'Result' })).toContainText(/\w+ \w+ \w+/)
    proxy.breakOff()
    await expect(broken).toContainText('What was made so far is charged and kept')
    await expect(page).toHaveURL(APP)
    await expect(prompt(page)).toHaveValue(LONG_SUMMARY)
    await expect(page.getByRole('region', { name: 'Result' })).toContainText(/\w+ \w+ \w+/)
    await expect.poll(() => chargesOf(operator, user)).toBe(1)

    // Repeating the use while offline says so and keeps the page.
    await broken.getByRole('button', { name: 'Try again' }).click()
    await expect(page.getByRole('alert').filter({ hasText: 'There was no answer.' })).toBeVisible()
    proxy.restore()
    // Reloading the page keeps the prompt.
    await page.reload()
    await expect(prompt(page)).toHaveValue(LONG_SUMMARY)
    await page.getByRole('button', { name: 'Write', exact: true }).click()
    await expect(kept).toContainText(/Cost [\d.]+ credits?/)
    expect(await chargesOf(operator, user)).toBe(1)
  } finally {
    await context.close()
    await proxy.close()
  }
})

test('a result that is completed while the browser is offline stays on the page, which is updated once the browser is online', async ({
  page,
  context,
  request,
}) => {
  const operator = new Operator(request)
  await openAllowedApp(page, operator, { app: APP })
  await prompt(page).fill(LONG_SUMMARY)
  await page.getByRole('button', { name: 'Write', exact: true }).click()
  await expect(page.getByRole('region', { name: 'Result' })).toContainText(/\w+ \w+/)
  await context.setOffline(true)
  await expect(receipt(page)).toBeVisible()
  await expect(page).toHaveURL(APP)
  await expect(page.getByRole('article', { name: LONG_TITLE })).toHaveCount(0)
  await context.setOffline(false)
  await expect(page.getByRole('article', { name: LONG_TITLE })).toBeVisible()
})

test('a form sent offline keeps its input and changes nothing', async ({ page, context, request }) => {
  const operator = new Operator(request)
  await openAllowedApp(page, operator, { app: APP })
  await page.goto('/settings/apps')
  await page.getByRole('button', { name: /^Change the budget of/ }).click()
  await page.getByLabel('Credits a month').fill('75')
  await context.setOffline(true)
  await page.getByRole('button', { name: 'Save budget' }).click()
  await expect(notice(page)).toContainText('Nothing was changed. Try again once you are back.')
  await expect(page.getByLabel('Credits a month')).toHaveValue('75')
  await context.setOffline(false)
  await page.getByRole('button', { name: 'Save budget' }).click()
  await expect(page.getByText(/of 75 credits this month/)).toBeVisible()
})
