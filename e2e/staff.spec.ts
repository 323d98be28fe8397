import type { Page } from '@playwright/test'
import { pressEnterOn, tabTo } from './fixtures/keyboard'
import { Operator } from './fixtures/operator'
import { availableOf, newPerson, signInSupport } from './fixtures/people'
import { expect, test } from './fixtures/test'

const search = (page: Page) => page.getByRole('searchbox', { name: 'Search' })
const operatorLink = (page: Page) =>
  page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Operator' })

async function signInFromFrontPage(page: Page, person: string): Promise<void> {
  await page.goto('/')
  await page.getByRole('banner').getByRole('link', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: `Sign in as ${person}` }).click()
}

test('staff land on the operator pages, and every page links there', async ({ page }) => {
  await signInFromFrontPage(page, 'Olga')
  await expect(page).toHaveURL(/\/operator$/)
  await expect(page.getByRole('heading', { name: 'Find an account' })).toBeVisible()
  for (const address of ['/pricing', '/settings/credits', '/apps']) {
    await page.goto(address)
    await expect(operatorLink(page)).toBeVisible()
  }
  await operatorLink(page).click()
  await expect(page).toHaveURL(/\/operator$/)
})

test('people who are not staff neither see a link to the operator pages nor reach them', async ({ page }) => {
  await page.goto('/pricing')
  await expect(operatorLink(page)).toHaveCount(0)
  await signInFromFrontPage(page, 'Cleo')
  await expect(page).toHaveURL(/\/settings\/credits$/)
  await expect(operatorLink(page)).toHaveCount(0)
})

test('staff find people by part of a name or e-mail, and see recent accounts', async ({ page, request }) => {
  const operator = new Operator(request)
  const mark = crypto.randomUUID().slice(0, 8)
  for (const [name, key] of [
    [`Marlene Opitz-${mark}`, 'one'],
    [`Malte Opitz-${mark}`, 'two'],
  ] as const)
    await operator.put(`/users/${key}-${mark}`, { email: `${key}.${mark}@find.example`, name })
  await signInSupport(page)
  const newest = page.getByRole('region', { name: 'Newest accounts' })
  await expect(newest.getByRole('link', { name: `Malte Opitz-${mark}` })).toBeVisible()
  await search(page).fill(`pitz-${mark.toUpperCase()}`)
  await page.keyboard.press('Enter')
  const found = page.getByRole('region', { name: '2 found' })
  await expect(found.getByRole('link')).toHaveCount(2)
  await expect(found).toContainText('part of the name')
  await search(page).fill(`one.${mark}@fin`)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Marlene Opitz-${mark}`)
})

test('staff can refund a charge using only the keyboard', async ({ page, request }) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  const use = { user, operation: 'web.extract', usage: { pages: 3 } }
  expect((await operator.post('/charges', use)).status()).toBe(201)
  await signInSupport(page)
  await page.goto('/operator/notices')
  await expect(page.getByRole('heading', { name: 'Notices', level: 1 })).toBeVisible()
  await page.keyboard.press('/')
  await expect(search(page)).toBeFocused()
  await page.keyboard.type(`${user.slice(0, 20)}/`)
  await expect(search(page)).toHaveValue(`${user.slice(0, 20)}/`)
  await page.keyboard.press('Backspace')
  await page.keyboard.press('Enter')
  await pressEnterOn(page, page.getByRole('region', { name: 'Timeline' }).getByRole('link').first())
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Web Content Extraction: 24 credits')
  await tabTo(page, page.getByLabel('Reason'))
  await page.keyboard.type('Asked twice by mistake')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Refunded 24 credits of a charge')).toBeVisible()
  expect(await availableOf(operator, user)).toBe(1_000)
})
