import type { Locator, Page } from '@playwright/test'
import { pay } from './fixtures/checkout'
import { withLockedTable, withoutTable } from './fixtures/database'
import { Operator } from './fixtures/operator'
import { newPerson, signIn } from './fixtures/people'
import { expect, test } from './fixtures/test'

// These tests lock and rename tables and move the clock, so they run on their own product.

const PAGES = { operation: 'web.extract', usage: { pages: 3 } }

async function someoneWithUsage(page: Page, operator: Operator, to: string): Promise<string> {
  const user = await newPerson(operator)
  expect((await operator.post('/charges', { user, ...PAGES })).status()).toBe(201)
  await signIn(page, operator, { user, to })
  return user
}

async function boxOf(locator: Locator): Promise<{ y: number; width: number }> {
  const box = await locator.boundingBox()
  if (box === null) throw new Error('it is not on the page')
  return { y: Math.round(box.y), width: Math.round(box.width) }
}

test('while the database is slow, skeletons are as large as their panels', async ({ page, request }) => {
  await page.emulateMedia({ reducedMotion: 'no-preference' })
  const operator = new Operator(request)
  const user = await someoneWithUsage(page, operator, 'credits')
  // A person who, like most people, has a pace of use.
  for (let day = 2; day <= 3; day++) {
    await operator.moveClockBy(1)
    expect((await operator.post('/charges', { user, ...PAGES })).status()).toBe(201)
  }
  for (const { path, panels } of [
    { path: '/settings/credits', panels: ['Where your credits are', 'By operation'] },
    { path: '/settings/usage', panels: ['credits used', 'How to spend less'] },
  ]) {
    const waiting = await withLockedTable('usage_days', async () => {
      await page.goto(path, { waitUntil: 'commit' })
      const loading = page.getByRole('status').filter({ hasText: 'Loading your' })
      await expect(loading).toBeVisible()
      const skeletons = loading.locator('.rounded-lg.bg-surface')
      // On the credits page the balance comes first, so the comparison starts with the second panel.
      const first = path.endsWith('credits') ? 1 : 0
      return Promise.all(panels.map((_, index) => boxOf(skeletons.nth(first + index))))
    })
    const there = page.getByRole('region', { name: panels[0] ?? '' })
    await expect(there).toBeVisible()
    await expect(page.getByRole('status').filter({ hasText: 'Loading your' })).toHaveCount(0)
    for (const [index, name] of panels.entries()) {
      const box = await boxOf(page.getByRole('region', { name }))
      expect(box.width, name).toBe(waiting[index]?.width)
      // The position of the second panel reveals the height of the first. A sentence may differ from its skeleton by
      // one line.
      expect(Math.abs(box.y - (waiting[index]?.y ?? 0)), `${name} moved`).toBeLessThanOrEqual(24)
    }
  }
})

test.describe('a panel whose data cannot be read', () => {
  // The console reports the failed part of the page, and its requests with status 500.
  test.use({ expectedConsoleErrors: [/error|500/i] })

  test('says so and can be retried, while the chart, list and balance stay', async ({ page, request }) => {
    await someoneWithUsage(page, new Operator(request), 'usage')
    const failed = (what: string) => page.getByRole('alert').filter({ hasText: `${what} could not be read.` })

    await withoutTable('usage_days', async () => {
      await page.goto('/settings/usage')
      await expect(failed('The chart')).toBeVisible()
      await expect(page.getByRole('row', { name: /Web Content Extraction/ })).toBeVisible()
      await page.goto('/settings/credits')
      await expect(page.getByRole('heading', { name: '976 credits left' })).toBeVisible()
      await expect(failed('Your usage')).toBeVisible()
    })
    await failed('Your usage').getByRole('button', { name: 'Try again' }).click()
    await expect(page.getByRole('region', { name: 'By operation' })).toBeVisible()
    await expect(page.getByRole('alert').filter({ hasText: 'could not be read' })).toHaveCount(0)

    await withoutTable('refunds', async () => {
      await page.goto('/settings/usage')
      await expect(failed('Your charges')).toBeVisible()
      await expect(failed('Advice')).toBeVisible()
      await expect(page.getByRole('combobox', { name: 'Period' })).toBeVisible()
    })
    await failed('Your charges').getByRole('button', { name: 'Try again' }).click()
    await expect(page.getByRole('row', { name: /Web Content Extraction/ })).toBeVisible()
    await expect(page.getByRole('alert').filter({ hasText: 'could not be read' })).toHaveCount(0)

    await withoutTable('wallets', async () => {
      await page.goto('/settings/credits')
      await expect(page.getByRole('alert').filter({ hasText: 'This page could not be read.' })).toBeVisible()
      await expect(page.getByRole('navigation', { name: 'Settings' })).toBeVisible()
    })
    await page.getByRole('button', { name: 'Try again' }).click()
    await expect(page.getByRole('heading', { name: '976 credits left' })).toBeVisible()
  })
})

test('a past-due plan shows the credits left, what it is waiting for and where to pay', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const user = await someoneWithUsage(page, operator, 'billing')
  await page.getByRole('button', { name: 'Upgrade to Super for $20 a month' }).click()
  await pay(page, 'Card that works now and fails at renewal (0341)')
  await operator.moveClockBy(36)
  await page.goto('/settings/credits')
  await expect(page.getByText('The payment for Super failed.')).toBeVisible()
  await expect(page.getByText('No credits are left: AI features pause until it is paid')).toBeVisible()
  await expect(page.getByText('no monthly credits until Super is paid')).toBeVisible()
  await expect(page.getByRole('link', { name: 'See the payment' })).toHaveAttribute(
    'href',
    '/settings/billing',
  )
  expect((await operator.post('/grants', { user, amount: 70, reason: 'goodwill' })).status()).toBe(201)
  await expect(page.getByText('Until then the 70 credits you have can be spent.')).toBeVisible()
})
