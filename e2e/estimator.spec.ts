import { Operator } from './fixtures/operator'
import { newPerson, signIn } from './fixtures/people'
import { expect, test } from './fixtures/test'

test('the estimator shows the API’s quote, works by keyboard, and has a URL that can be shared', async ({
  page,
  request,
}) => {
  await page.goto('/pricing')
  const estimate = page.getByRole('region', { name: 'What would it cost?' })
  await estimate.getByLabel('Operation').selectOption({ label: 'Standard AI Requests' })
  await estimate.getByRole('spinbutton', { name: 'Input tokens', exact: true }).fill('7133')
  await estimate.getByRole('slider', { name: 'Output tokens, slider' }).focus()
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowLeft', 'PageUp']) await page.keyboard.press(key)
  await estimate.getByLabel('Web search').press('Space')
  await estimate.getByLabel(/In someone else’s app/).press('Space')
  const output = Number(await estimate.getByRole('spinbutton', { name: 'Output tokens' }).inputValue())
  expect(output).toBeGreaterThan(500)

  const quote = await new Operator(request).post('/quotes', {
    app: 'story-studio',
    user: await newPerson(new Operator(request)),
    operation: 'ai.standard',
    usage: { inputTokens: 7133, outputTokens: output, webSearch: true },
  })
  const { total, lines } = await quote.json()
  await expect(estimate.getByText(`${total} credits`, { exact: true })).toBeVisible()
  for (const { label } of lines)
    await expect(estimate.getByRole('term').filter({ hasText: label }).first()).toBeVisible()
  const fits = Math.floor(1_000 / total)
  await expect(estimate.getByText(`${fits} such uses fit in a month of Free (1,000 credits)`)).toBeVisible()

  await expect(page).toHaveURL(/operation=ai\.standard/)
  await expect(page).toHaveURL(/others=true/)
  await expect(page).toHaveURL(/inputTokens=7133/)
  await page.goto(page.url())
  await expect(estimate.getByText(`${total} credits`, { exact: true })).toBeVisible()
})

test('the estimator counts uses in the viewer’s balance and names operations that need Super', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  const spent = await operator.post('/charges', { user, operation: 'web.extract', usage: { pages: 5 } })
  expect(spent.status()).toBe(201)
  await signIn(page, operator, { user, to: 'credits' })
  await page.goto('/pricing?operation=web.extract&pages=2')
  const estimate = page.getByRole('region', { name: 'What would it cost?' })
  await expect(estimate.getByText('60 such uses fit in your balance (960 credits)')).toBeVisible()
  await estimate.getByLabel('Operation').selectOption({ label: 'Advanced AI Requests' })
  await expect(estimate.getByText('None in your balance: advanced operations need Super.')).toBeVisible()
})

test('an invalid quantity in the estimator is marked and gives no price', async ({ page }) => {
  await page.goto('/pricing?operation=web.extract&pages=0')
  const estimate = page.getByRole('region', { name: 'What would it cost?' })
  await expect(estimate.getByText('This must be more than 0.')).toBeVisible()
  await expect(estimate.getByText('Total')).toHaveCount(0)
  await estimate.getByRole('spinbutton', { name: 'Pages' }).fill('3')
  await expect(estimate.getByText('24 credits', { exact: true })).toBeVisible()
})
