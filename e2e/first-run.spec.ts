import { expectAccessible } from './fixtures/accessible'
import { pressEnterOn, tabTo } from './fixtures/keyboard'
import { Operator } from './fixtures/operator'
import { availableOf, newPerson, signIn, signInSupport } from './fixtures/people'
import { expect, test } from './fixtures/test'

/** The most time from signing in to a first result. */
const FIRST_RESULT_MS = 60_000

test('a new person gets a first result using only the keyboard, with a price before and a receipt after', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  const began = performance.now()
  await signIn(page, operator, { user, to: 'credits' })
  const ways = page.getByRole('region', { name: 'Nothing has been used yet.' })
  for (const [title, price] of [
    ['Try an app', '~2–10 credits a use'],
    ['Build an app', '~40–400 credits a message'],
    ['See prices', 'Free'],
  ] as const)
    await expect(ways.getByRole('listitem').filter({ hasText: title })).toContainText(price)
  await expect(page.getByText(/curl|npm run|sk_/)).toHaveCount(0)

  await expectAccessible(page, 'the first run')

  await pressEnterOn(page, ways.getByRole('link', { name: /^Write with/ }))
  // The button shows its price before consent.
  await expect(page.getByText(/^About [\d.]+ credits, with \+10% to its creator/)).toBeVisible()
  await tabTo(page, page.getByRole('textbox', { name: 'What do you want?' }))
  await page.keyboard.type('Three names for a small boat')
  await pressEnterOn(page, page.getByRole('button', { name: 'Write', exact: true }))
  // The first action asks for consent.
  await expect(page).toHaveURL(/\/connect\?/)
  await pressEnterOn(page, page.getByRole('button', { name: /^Allow up to/ }))
  await expect(page.getByText(/^It cost [\d.]+ credits?: .* for its creator\./)).toBeVisible()
  await expect(page.getByRole('region', { name: 'Result' })).not.toBeEmpty()
  expect(performance.now() - began).toBeLessThan(FIRST_RESULT_MS)
  expect(await availableOf(operator, user)).toBeLessThan(1_000)

  await pressEnterOn(page, page.getByRole('link', { name: 'See the receipt' }).first())
  await expect(page.getByRole('dialog')).toContainText('How this price was computed')
})

test('only staff see the API call that records a first charge', async ({ page }) => {
  await signInSupport(page)
  await page.goto('/settings/credits')
  await page.getByText('For staff: record a first charge from a server').click()
  await expect(page.getByText(/"operation":"web.extract"/)).toBeVisible()
})
