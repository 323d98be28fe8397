import { Operator } from './fixtures/operator'
import { newPerson, signIn } from './fixtures/people'
import { expect, test } from './fixtures/test'

/** The clock moves by months, so that this period and the previous one are empty. */
const QUIET_DAYS = 100

test('after periods without use, pages name the last use instead of suggesting a first one', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  const charge = await operator.post('/charges', { user, operation: 'web.extract', usage: { pages: 100 } })
  expect(charge.status()).toBe(201)
  const { createdAt } = await charge.json()
  const usedOn = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', timeZone: 'UTC' })
  const lastUsed = `Last used ${usedOn.format(new Date(createdAt))} (UTC).`
  await operator.moveClockBy(QUIET_DAYS)

  await signIn(page, operator, { user, to: 'credits' })
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('1,000 credits left')
  const byOperation = page.getByRole('region', { name: 'By operation' })
  await expect(byOperation).toContainText(`Nothing used this period. ${lastUsed}`)
  await expect(page.getByText('Nothing has been used yet.')).toHaveCount(0)

  await page.goto('/settings/usage')
  await expect(page.getByText('Nothing was used in this period.')).toBeVisible()
  await expect(page.getByText(lastUsed)).toBeVisible()
  await page.getByRole('link', { name: 'Show all charges' }).click()
  await expect(page.getByRole('row', { name: /Web Content Extraction/ })).toContainText('800')
})
