import { onCheckout } from './fixtures/checkout'
import { pressEnterOn, tabTo } from './fixtures/keyboard'
import { Operator } from './fixtures/operator'
import { availableOf, newPerson, signIn } from './fixtures/people'
import { expect, test } from './fixtures/test'

test('a pack can be bought using only the keyboard', async ({ page, request }) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  await signIn(page, operator, { user, to: 'billing' })
  await pressEnterOn(page, page.getByRole('button', { name: 'Buy 2,000 credits for $6' }))
  await onCheckout(page)
  await tabTo(page, page.getByLabel('Card that works (4242)'))
  await page.keyboard.press('Space')
  await pressEnterOn(page, page.getByRole('button', { name: /^Pay/ }))
  await expect(page.getByRole('heading', { name: '2,000 credits added.' })).toBeVisible()
  expect(await availableOf(operator, user)).toBe(3_000)
})

test('a budget can be set using only the keyboard, at consent and afterwards', async ({ page, request }) => {
  const operator = new Operator(request)
  await signIn(page, operator, { user: await newPerson(operator), to: 'credits' })
  await page.goto('/apps/page-reader')
  await pressEnterOn(page, page.getByRole('link', { name: 'Choose a budget' }))
  const amount = page.getByLabel('Credits a month')
  await tabTo(page, amount)
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type('150')
  await pressEnterOn(page, page.getByRole('button', { name: 'Allow up to 150 credits a month' }))
  await expect(page).toHaveURL('/apps/page-reader')

  await page.goto('/settings/apps')
  const change = page.getByRole('button', { name: 'Change the budget of Page Reader' })
  await pressEnterOn(page, change)
  await expect(page.getByRole('dialog')).toBeVisible()
  await tabTo(page, amount)
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type('75')
  await page.keyboard.press('Enter')
  await expect(page.getByText('0 of 75 credits this month')).toBeVisible()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(change).toBeFocused()
})
