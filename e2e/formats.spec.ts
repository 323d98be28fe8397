import { randomUUID } from 'node:crypto'
import { Operator } from './fixtures/operator'
import { newPerson, signIn, useUpFree } from './fixtures/people'
import { expect, test } from './fixtures/test'

const HEADLINE =
  /^of 1,000 a month · resets \d{1,2} (January|February|March|April|May|June|July|August|September|October|November|December) \(UTC\)$/

for (const locale of ['de-DE', 'ar-EG', 'hi-IN-u-nu-deva', 'fa-IR']) {
  test.describe(`a browser that prefers ${locale}`, () => {
    test.use({ locale })

    test(`pages shown to a ${locale} browser keep English months, Latin digits and the decimal point`, async ({
      page,
      request,
    }) => {
      const operator = new Operator(request)
      const user = await newPerson(operator)
      await useUpFree(operator, user)
      await signIn(page, operator, { user, to: 'credits' })
      await expect(page.getByText(HEADLINE)).toBeVisible()
      await page.goto('/settings/usage')
      await expect(page.getByRole('region', { name: /1,000 credits used/ })).toBeVisible()
      await page
        .getByRole('row', { name: /Web Content Extraction/ })
        .getByRole('link')
        .click()
      await expect(page.getByRole('dialog')).toContainText(/\d{1,2} \w{3,4} \d{4}, \d{2}:\d{2} UTC/)
      await page.goto('/pricing')
      await expect(page.getByText('10,000', { exact: true })).toBeVisible()
      expect(await page.locator('main').textContent()).not.toMatch(/(?![0-9])\p{Nd}/u)
    })
  })
}

test.describe('fractions of a credit', () => {
  test('dashboards show whole credits, and the exact amount on hover; lists and CSV align decimals', async ({
    page,
    request,
  }) => {
    const operator = new Operator(request)
    const user = await newPerson(operator)
    // 4.001 credits at 0.5 per 1,000 input tokens, then 8 for a page.
    for (const use of [
      { operation: 'ai.standard', usage: { inputTokens: 8_002 } },
      { operation: 'web.extract', usage: { pages: 1 } },
    ]) {
      const charge = await operator.post('/charges', { user, ...use, reference: randomUUID() })
      expect(charge.status()).toBe(201)
    }
    await signIn(page, operator, { user, to: 'credits' })
    const left = page.getByRole('heading', { level: 1 })
    await expect(left).toHaveText('987 credits left')
    await expect(left.getByText('987')).toHaveAttribute('title', '987.999 credits')
    await expect(page.getByRole('meter')).toHaveAttribute('aria-valuetext', '12 of 1,000 used this month')

    await page.goto('/settings/usage')
    const charges = page.getByRole('table', { name: /^Charges/ })
    await expect(
      charges
        .getByRole('row', { name: /Standard AI/ })
        .getByRole('cell')
        .last(),
    ).toHaveText('4.001')
    await expect(
      charges
        .getByRole('row', { name: /Extraction/ })
        .getByRole('cell')
        .last(),
    ).toHaveText('8.000')

    await page.goto('/settings/billing')
    const statement = page.getByRole('region', { name: /^Movements of your credits/ })
    const extraction = statement.getByRole('row', { name: /Extraction/ }).getByRole('cell')
    // U+2212, not a hyphen.
    await expect(extraction.nth(-2)).toHaveText('\u22128.000')
    await expect(extraction.last()).toHaveText('987.999')
    const file = await page.context().request.get('/settings/statement.csv')
    expect(await file.text()).toContain(',charge,-8.000,987.999,')
  })

  test('a balance below one credit reads "< 1", and no number runs into its unit', async ({
    page,
    request,
  }) => {
    const operator = new Operator(request)
    const user = await newPerson(operator)
    const charge = await operator.post('/charges', {
      user,
      operation: 'ai.standard',
      usage: { inputTokens: 1_999_000 },
    })
    expect(await charge.json()).toMatchObject({ total: 999.5 })
    await signIn(page, operator, { user, to: 'credits' })
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('< 1 credit left')
    for (const path of ['/settings/credits', '/settings/usage', '/settings/billing', '/pricing', '/guide']) {
      await page.goto(path)
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await expect(page.locator('[aria-busy=true]')).toHaveCount(0)
      // `textContent` ignores gaps that come only from CSS.
      expect(await page.locator('main').evaluate((main) => main.textContent), path).not.toMatch(
        /\d(credit|reward)/,
      )
    }
  })
})
