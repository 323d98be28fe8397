import type { Page } from '@playwright/test'
import { drawn } from './fixtures/accessible'
import { pay } from './fixtures/checkout'
import { Operator } from './fixtures/operator'
import { newPerson, signIn, signInAs, useUpFree } from './fixtures/people'
import { expect, test } from './fixtures/test'

/** 8 credits a page. */
async function extract(operator: Operator, user: string, pages: number, more: object = {}): Promise<void> {
  const charge = await operator.post('/charges', {
    user,
    operation: 'web.extract',
    usage: { pages },
    ...more,
  })
  expect(charge.status()).toBe(201)
}

const region = (page: Page, name: RegExp) => page.getByRole('region', { name })

test.describe('the balance', () => {
  test('suggests first steps, without a command, until the first charge', async ({ page, request }) => {
    const operator = new Operator(request)
    const user = await newPerson(operator)
    await signIn(page, operator, { user, to: 'credits' })
    await expect(page.getByText('Nothing has been used yet.')).toBeVisible()
    await page.goto('/settings/usage')
    await expect(page.getByText('Nothing has been used yet.')).toBeVisible()
    await expect(page.getByRole('link', { name: /^Write with/ })).toBeVisible()
    await expect(page.getByText(/curl|npm/)).toHaveCount(0)
    await extract(operator, user, 3)
    await expect(page.getByRole('row', { name: /Web Content Extraction/ })).toBeVisible()
    await expect(region(page, /24 credits used/)).toBeVisible()
  })

  test('explains the consequence and the options from 80 %, at 100 % and at zero', async ({
    page,
    request,
  }) => {
    const operator = new Operator(request)
    const user = await newPerson(operator)
    await extract(operator, user, 99)
    await signIn(page, operator, { user, to: 'credits' })
    await expect(page.getByRole('heading', { name: '208 credits left' })).toBeVisible()
    await expect(page.getByRole('link', { name: /^Upgrade to Super/ })).toHaveCount(0)

    await extract(operator, user, 1)
    await expect(page.getByText("80% of this month's credits are used.")).toBeVisible()
    await expect(page.getByRole('link', { name: 'Upgrade to Super for $20 a month' })).toBeVisible()
    await expect(page.getByRole('link', { name: 'Buy 2,000 credits for $6' })).toBeVisible()
    // One day of use is not enough for a pace.
    await expect(page.getByText(/^At this pace/)).toHaveCount(0)

    await extract(operator, user, 25)
    await expect(page.getByRole('heading', { name: '0 credits left' })).toBeVisible()
    await expect(page.getByText('No credits left.', { exact: true })).toBeVisible()
    await expect(page.getByText(/your apps and everything else keep working/)).toBeVisible()
    await expect(
      page.getByText(/^Nothing is left to spend\. New credits arrive on \d+ \w+ \(UTC\)\.$/),
    ).toBeVisible()
    await expect(page.getByRole('meter')).toHaveAttribute('aria-valuetext', '1,000 of 1,000 used this month')

    expect((await operator.post('/grants', { user, amount: 50, reason: 'goodwill' })).status()).toBe(201)
    await expect(page.getByRole('heading', { name: '50 credits left' })).toBeVisible()
    await expect(page.getByText("This month's credits are used up.")).toBeVisible()
  })

  test('names holds with their app and expiry until they end', async ({ page, request }) => {
    const operator = new Operator(request)
    const user = await newPerson(operator)
    const usage = { user, operation: 'image.standard', usage: { images: 4 } }
    const made = await operator.post('/holds', { ...usage, app: 'story-studio' })
    expect(made.status()).toBe(201)
    await signIn(page, operator, { user, to: 'credits' })
    const held = region(page, /Held right now/)
    await expect(held).toContainText(/220 held by Story Studio until .*\d{2}:\d{2} UTC/)
    await expect(held).toContainText('Standard Image Generation')

    const live = await operator.post('/holds', { ...usage, app: 'launch-notes' })
    expect(live.status()).toBe(201)
    await expect(held).toContainText(/220 held by Launch Notes until/)

    for (const hold of [made, live]) {
      const { id } = await hold.json()
      expect((await operator.post(`/holds/${id}/release`, {})).status()).toBe(200)
    }
    await expect(held).toHaveCount(0)
    await expect(page.getByRole('heading', { name: '1,000 credits left' })).toBeVisible()
  })

  test('excludes usage before an upgrade from the new period in the meter, chart and list', async ({
    page,
    request,
  }) => {
    const operator = new Operator(request)
    const user = await newPerson(operator)
    await useUpFree(operator, user)
    // A period begins on a whole second, so usage within the same second would belong to it.
    await page.waitForTimeout(1_000)
    const checkout = await operator.post('/checkout', { user, plan: 'super' })
    expect(checkout.status()).toBe(201)
    await signIn(page, operator, { user, to: 'credits' })
    await expect(page.getByText('1,000 this period')).toBeVisible()
    await page.goto((await checkout.json()).url)
    await pay(page)
    await page.goto('/settings/credits')
    await expect(page.getByRole('meter')).toHaveAttribute('aria-valuetext', '0 of 10,000 used this month')
    await expect(
      page.getByText(/^Nothing used this period\. Last used \d+ \w+ \(UTC\)\.$/).first(),
    ).toBeVisible()
    await expect(page.getByText(/^At this pace/)).toHaveCount(0)
    await page.goto('/settings/usage?period=this')
    await expect(region(page, /^0 credits used/)).toBeVisible()
    await expect(page.getByText('Nothing was used in this period.')).toBeVisible()
    await page.goto('/settings/usage?period=last')
    await expect(region(page, /^1,000 credits used/)).toBeVisible()
    await expect(page.getByRole('row', { name: /Web Content Extraction/ })).toBeVisible()
  })
})

test.describe('while the API is unreachable', () => {
  // The browser itself logs failed requests.
  test.use({ expectedConsoleErrors: [/Failed to load resource|ERR_INTERNET_DISCONNECTED/] })

  test('every panel shows the time of its data, and is current again once online', async ({
    page,
    context,
    request,
  }) => {
    const operator = new Operator(request)
    const user = await newPerson(operator)
    await extract(operator, user, 1)
    await signIn(page, operator, { user, to: 'credits' })
    await expect(page.getByRole('heading', { name: '992 credits left' })).toBeVisible()
    await drawn(page)
    await context.setOffline(true)
    await expect(page.getByText(/^You are offline\. Shown as of \d{2}:\d{2} UTC\.$/)).toHaveCount(2)
    await extract(operator, user, 1)
    await context.setOffline(false)
    await expect(page.getByRole('heading', { name: '984 credits left' })).toBeVisible()
    await expect(page.getByText(/^You are offline/)).toHaveCount(0)
  })

  test('a panel whose request fails says so and can be retried; the others stay current', async ({
    page,
    request,
  }) => {
    const operator = new Operator(request)
    const user = await newPerson(operator)
    await extract(operator, user, 1)
    await signIn(page, operator, { user, to: 'credits' })
    await page.route('**/api/v1/usage/summary?*', (route) => route.abort())
    const usage = region(page, /By operation/)
    // The next periodic refresh fails.
    const failed = usage.getByText(/^Usage could not be refreshed\. Shown as of/)
    await expect(failed).toBeVisible({ timeout: 20_000 })
    await extract(operator, user, 1)
    await expect(page.getByRole('heading', { name: '984 credits left' })).toBeVisible()
    await expect(page.getByText(/could not be refreshed/)).toHaveCount(1)
    await page.unroute('**/api/v1/usage/summary?*')
    await usage.getByRole('button', { name: 'Try again' }).click()
    await expect(page.getByText(/could not be refreshed/)).toHaveCount(0)
    await expect(usage.getByText('16', { exact: true }).first()).toBeVisible()
  })

  test('a page whose session has ended says so, keeps its content, and returns after signing in', async ({
    page,
    request,
  }) => {
    const operator = new Operator(request)
    const user = await newPerson(operator)
    await extract(operator, user, 1)
    await signIn(page, operator, { user, to: 'usage' })
    await page.goto('/settings/usage?view=surface')
    await expect(page.getByRole('row', { name: /Web Content Extraction/ })).toBeVisible()
    const cookies = await page.context().cookies()
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    const origin = new URL(page.url()).origin
    const out = await request.post('/signin/out', { headers: { cookie, origin }, maxRedirects: 0 })
    expect(out.status()).toBe(303)
    const notice = page.getByRole('alert').filter({ hasText: 'You are signed out.' })
    await expect(notice).toBeVisible()
    await expect(page.getByRole('row', { name: /Web Content Extraction/ })).toBeVisible()
    await expect(notice.getByRole('link', { name: 'Sign in' })).toHaveAttribute(
      'href',
      `/signin?returnTo=${encodeURIComponent('/settings/usage?view=surface')}`,
    )
  })
})

test.describe('accessibility', () => {
  test('every tab stop of the settings pages is visible, and they cover the whole page', async ({ page }) => {
    await signInAs(page, 'Ada')
    for (const path of ['/settings/credits', '/settings/usage']) {
      await page.goto(path)
      await expect(page.locator('.recharts-bar-rectangle path').first()).toBeVisible()
      const seen = new Set<string>()
      for (let stop = 0; stop < 200; stop++) {
        await page.keyboard.press('Tab')
        const at = await page.evaluate(() => {
          const focused = document.activeElement
          if (!focused || focused === document.body) return null
          const rings = [getComputedStyle(focused), getComputedStyle(focused, '::after')]
          return {
            name: `${focused.tagName} ${focused.getAttribute('aria-label') ?? focused.textContent?.slice(0, 40)}`,
            visible: rings.some(
              ({ outlineStyle, outlineWidth }) => outlineStyle !== 'none' && outlineWidth !== '0px',
            ),
          }
        })
        if (at === null) break
        expect(at.visible, `the focus is to be seen on ${at.name}`).toBe(true)
        seen.add(at.name)
      }
      const names = [...seen].join('\n')
      expect(names).toContain('BUTTON Table')
      expect(names).toContain('A Credits')
      if (path.endsWith('usage')) expect(names).toMatch(/A Standard AI Requests[\s\S]*BUTTON Search/)
    }
  })

  test('legend, table and receipt work using only the keyboard', async ({ page }) => {
    await signInAs(page, 'Sam')
    const legend = page.getByRole('list', { name: /^Shown in/ })
    const list = page.getByRole('list', { name: 'Credits by operation', exact: true })
    const ofPeriod = legend.getByRole('button').first()
    await expect(list.getByRole('listitem').first()).toBeVisible()
    const listed = await list.getByRole('listitem').count()
    await ofPeriod.focus()
    await page.keyboard.press('Space')
    await expect(list.getByRole('listitem')).toHaveCount(listed - 1)

    await page.goto('/settings/usage')
    const fast = legend.getByRole('button', { name: 'Editor Chat (Fast mode)' })
    await fast.focus()
    await page.keyboard.press('Space')
    await expect(fast).toHaveAttribute('aria-pressed', 'false')
    await expect(page).toHaveURL(/hide=editor\.chat\.fast/)
    await expect(list.getByText('Editor Chat (Fast mode)')).toHaveCount(0)
    await page.getByRole('button', { name: 'Table' }).focus()
    await page.keyboard.press('Enter')
    const table = page.getByRole('table', { name: /by operation and day/ })
    await expect(table.getByRole('columnheader', { name: 'Editor Chat (Expert mode)' })).toBeVisible()
    await expect(table.getByRole('columnheader', { name: 'Editor Chat (Fast mode)' })).toHaveCount(0)
    await legend.getByRole('button', { name: 'Show all' }).focus()
    await page.keyboard.press('Enter')
    await expect(fast).toHaveAttribute('aria-pressed', 'true')
    await expect(legend.getByRole('button').first()).toBeFocused()

    const row = page
      .getByRole('table', { name: /^Charges/ })
      .getByRole('link')
      .first()
    await row.focus()
    await page.keyboard.press('Enter')
    await expect(page.getByRole('dialog')).toContainText('How this price was computed')
    await page.keyboard.press('Escape')
    await expect(page.getByRole('dialog')).toHaveCount(0)
    await expect(row).toBeFocused()
  })

  test('motion is disabled for readers who prefer reduced motion', async ({ page }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await signInAs(page, 'Sam')
    await page.goto('/settings/usage')
    await page
      .getByRole('table', { name: /^Charges/ })
      .getByRole('link')
      .first()
      .click()
    await expect(page.getByRole('dialog')).toBeVisible()
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0)
  })
})
