import { Operator } from './fixtures/operator'
import { newPerson, signInAs, signInSupport } from './fixtures/people'
import { expect, test } from './fixtures/test'

test('staff change a price: a refused document stays in its field, a draft is simulated, and it is scheduled and withdrawn', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  const use = { user, operation: 'web.extract', usage: { pages: 10 } }
  expect((await operator.post('/charges', use)).status()).toBe(201)

  await signInSupport(page)
  await page.goto('/operator/catalog')
  await page.getByLabel('Reason').fill('Pages cost us more')
  await page.getByRole('button', { name: 'Add' }).click()
  await expect(page.getByRole('heading', { name: /^Version \d+$/ })).toBeVisible()
  await expect(page.getByText('Draft', { exact: true })).toBeVisible()

  const prices = page.getByRole('region', { name: 'Prices, plans and packs' })
  const pages = prices.getByRole('group', { name: 'Web Content Extraction' }).getByLabel('Per page')
  await pages.fill('8.0001')
  await prices.getByLabel('Reason').fill('Pages cost us more')
  await prices.getByRole('button', { name: 'Check and save' }).click()
  await expect(prices.getByRole('alert')).toContainText('rates.pages.amount')
  await expect(pages).toHaveValue('8.0001')
  await pages.fill('16')
  await prices.getByRole('button', { name: 'Check and save' }).click()
  const differences = page.getByRole('region', { name: 'What it changes', exact: true })
  await expect(differences.getByRole('row', { name: /rates\.pages\.amount 8 16$/ })).toBeVisible()

  const json = page.getByRole('region', { name: 'Everything, as JSON' })
  const text = json.getByLabel('Document')
  const kept = (await text.inputValue()).replace('"premium": 0.1', '"premium": 7')
  await text.fill(kept)
  await json.getByLabel('Reason').fill('A typo')
  await json.getByRole('button', { name: 'Check and save' }).click()
  await expect(json.getByRole('alert')).toContainText('document.premium')
  await expect(text).toHaveValue(kept)

  const simulate = page.getByRole('region', { name: 'Simulate' })
  await simulate.getByRole('button', { name: 'Simulate' }).click()
  const operations = simulate.getByRole('table', { name: 'Operations' })
  await expect(operations.getByRole('row', { name: /Web Content Extraction/ })).toContainText(/\+\d+%/)

  const scheduling = page.getByRole('region', { name: 'Schedule', exact: true })
  await scheduling.getByLabel('Reason').fill('Agreed with finance')
  await scheduling.getByRole('button', { name: 'Schedule' }).click()
  await expect(page.getByText('Scheduled', { exact: true })).toBeVisible()
  const { upcoming } = await (await operator.get('/operations')).json()
  expect(upcoming.changes).toMatchObject([{ operation: 'web.extract' }])

  const withdrawing = page.getByRole('region', { name: 'Withdraw' })
  await withdrawing.getByLabel('Reason').fill('Not yet')
  await withdrawing.getByRole('button', { name: 'Withdraw' }).click()
  await expect(page.getByText('Draft', { exact: true })).toBeVisible()
  await expect(page.getByText('Withdrew the version')).toBeVisible()
  const removing = page.getByRole('region', { name: 'Delete' })
  await removing.getByLabel('Reason').fill('Was a test')
  await removing.getByRole('button', { name: 'Delete the draft' }).click()
  await expect(page).toHaveURL(/\/operator\/catalog$/)
})

test('people and creators see an announced price change with their own figure on the pages they visit', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const { document } = await (await operator.get('/catalog')).json()
  const extract = document.operations.find(({ key }: { key: string }) => key === 'web.extract')
  extract.rates.pages.amount *= 2
  const { version } = await (await operator.post('/catalog/versions', { document })).json()
  const effectiveFrom = new Date(Date.now() + 30 * 24 * 3_600_000).toISOString()
  const scheduled = await operator.post(`/catalog/versions/${version}/schedule`, { effectiveFrom })
  expect(scheduled.status()).toBe(200)

  await signInAs(page, 'Sam')
  for (const place of ['credits', 'usage']) {
    await page.goto(`/settings/${place}`)
    await expect(page.getByText(/^Prices change on/)).toBeVisible()
    await expect(
      page.getByText(/your last 30 days would have cost [\d,.]+ credits instead of [\d,.]+/),
    ).toBeVisible()
  }
  await page.locator('summary', { hasText: 'By operation' }).click()
  const row = page.getByRole('row', { name: /^Web Content Extraction/ }).first()
  const [was, wouldBe] = await row
    .getByRole('cell')
    .allInnerTexts()
    .then((texts) => texts.slice(-2).map(Number))
  expect(was).toBeGreaterThan(0)
  expect(wouldBe).toBeCloseTo(2 * (was ?? 0), 1)

  await signInAs(page, 'Cleo')
  await page.goto('/settings/rewards')
  await expect(
    page.getByText(/you would have earned [\d,.]+ credits in the last 30 days instead of/),
  ).toBeVisible()
  expect((await operator.post(`/catalog/versions/${version}/withdraw`, undefined)).status()).toBe(200)
})
