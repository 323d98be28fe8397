import { readFile } from 'node:fs/promises'
import { Operator } from './fixtures/operator'
import { newPerson, signIn } from './fixtures/people'
import { expect, test } from './fixtures/test'

const TEXT = { operation: 'ai.standard', usage: { inputTokens: 2_000, outputTokens: 1_000 } }

test('one URL contains the period, view and filters of the chart, advice and list', async ({ page }) => {
  await page.goto('/signin')
  await page.getByRole('button', { name: 'Sign in as Sam' }).click()
  await page.getByRole('link', { name: 'Usage', exact: true }).click()
  await expect(page.getByRole('heading', { level: 2, name: /credits used/ })).toBeVisible()
  await expect(page.getByText(/used the most: [\d,.]+ of [\d,.]+ credits; busiest day/)).toBeVisible()

  const period = page.getByRole('combobox', { name: 'Period' })
  for (const [label, address] of [
    ['This period', /period=this/],
    ['Last period', /period=last/],
    ['Last 7 days', /period=7d/],
    ['Last 90 days', /period=90d/],
    ['Last 30 days', /usage$/],
  ] as const) {
    await period.selectOption(label)
    await expect(page).toHaveURL(address)
    await expect(page.getByText('(UTC), after refunds')).toBeVisible()
  }

  const views = page.getByRole('navigation', { name: 'Show usage' })
  await views.getByRole('link', { name: 'By app' }).click()
  await expect(page).toHaveURL(/view=app/)
  await expect(page.getByRole('list', { name: 'Credits by app', exact: true })).toContainText('Launch Notes')
  await views.getByRole('link', { name: 'By place' }).click()
  await expect(page.getByRole('list', { name: 'Credits by place', exact: true })).toContainText('Editor')
  await views.getByRole('link', { name: 'Compare' }).click()
  await expect(
    page.getByText(
      /credits so far; by the end of yesterday ([\d,.]+ (more|less) than|the same as) at that point of|there is no earlier period/,
    ),
  ).toBeVisible()

  await views.getByRole('link', { name: 'By operation' }).click()
  const byOperation = page.getByRole('list', { name: 'Credits by operation', exact: true })
  await byOperation.getByRole('link', { name: 'Text-to-Speech' }).click()
  await expect(page).toHaveURL(/operation=speech\.tts/)
  await expect(byOperation.getByRole('listitem')).toHaveCount(1)
  const charges = page.getByRole('table', { name: /^Charges/ })
  await expect(charges.getByRole('row').nth(1)).toContainText('Text-to-Speech')
  await expect(charges.getByRole('row', { name: /Standard AI Requests/ })).toHaveCount(0)

  await page.reload()
  await expect(byOperation.getByRole('listitem')).toHaveCount(1)
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await expect(charges.getByRole('row', { name: /Standard AI Requests/ }).first()).toBeVisible()
})

test('a typed day takes effect once its year is complete', async ({ page, request }) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  expect((await operator.post('/charges', { user, ...TEXT })).status()).toBe(201)
  await signIn(page, operator, { user, to: 'usage' })
  await page.getByRole('combobox', { name: 'Period' }).selectOption('Custom days')
  await expect(page).toHaveURL(/period=custom/)
  const asked: string[] = []
  page.on('request', (one) => {
    const from = new URL(one.url()).searchParams.get('from')
    if (one.url().includes('/settings/usage') && from !== null) asked.push(from)
  })
  await page.getByLabel('First day (UTC)').pressSequentially('01022026')
  await expect(page).toHaveURL(/from=2026-01-02/)
  await expect(page.getByLabel('First day (UTC)')).toHaveValue('2026-01-02')
  expect(asked.filter((from) => from !== '2026-01-02')).toEqual([])
  await page.goBack()
  await expect(page.getByLabel('First day (UTC)')).toHaveValue('')
})

test('going back while a filter still loads shows the filters of the previous page', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  expect((await operator.post('/charges', { user, ...TEXT })).status()).toBe(201)
  await signIn(page, operator, { user, to: 'usage' })
  const period = page.getByRole('combobox', { name: 'Period' })
  await period.selectOption('7d')
  await expect(page).toHaveURL(/period=7d/)
  await page.route(/period=90d/, () => {})
  await period.selectOption('90d')
  await expect(period).toHaveValue('90d')
  await page.goBack()
  await expect(page).not.toHaveURL(/period/)
  await expect(period).toHaveValue('30d')
})

test('a filter chosen before the page is interactive takes effect once it is', async ({ page, request }) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  expect((await operator.post('/charges', { user, ...TEXT })).status()).toBe(201)
  await signIn(page, operator, { user, to: 'credits' })
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  await page.route(/\.js(\?|$)/, async (route) => {
    await released
    await route.continue()
  })
  await page.goto('/settings/usage', { waitUntil: 'commit' })
  await page.getByRole('combobox', { name: 'Period' }).selectOption('7d')
  expect(page.url()).not.toContain('period')
  release()
  await expect(page).toHaveURL(/period=7d/)
})

test('advice counts the possible savings of a person’s own usage', async ({ page, request }) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  for (const fingerprint of ['a', 'a', 'a', 'b']) {
    const charge = await operator.post('/charges', { user, ...TEXT, fingerprint })
    expect(await charge.json()).toMatchObject({ total: 3 })
  }
  await signIn(page, operator, { user, to: 'usage' })
  const advice = page.getByRole('region', { name: 'How to spend less' })
  await expect(advice).toContainText('Based on your 4 charges in this period.')
  await expect(advice).toContainText('12 credits, 100% of all · 4 uses, 3 each')
  await expect(advice).toContainText('1 request repeated 2 times')
  await expect(advice).toContainText('6 credits less')

  await page.goto('/signin')
  await page.getByRole('button', { name: 'Sign in as Sam' }).click()
  await page.goto('/settings/usage')
  await expect(advice).toContainText(
    /Editor Chat \(Fast mode\): the same \d+ uses would have cost [\d,.]+ instead of [\d,.]+\./,
  )
})

test('the history is paged, searched and exported as CSV under the same filters', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  for (let number = 1; number <= 27; number++) {
    const reference = `order-${number}`
    expect((await operator.post('/charges', { user, ...TEXT, reference })).status()).toBe(201)
  }
  await signIn(page, operator, { user, to: 'usage' })
  const charges = page.getByRole('table', { name: /^Charges/ })
  await expect(charges.getByRole('row')).toHaveCount(26)
  await page.getByRole('link', { name: 'Older' }).click()
  await expect(charges.getByRole('row')).toHaveCount(3)
  await expect(charges.getByRole('row').last()).toContainText('order-1')
  await expect(charges).toBeInViewport()
  await page.getByRole('link', { name: 'Newer' }).click()
  await expect(charges.getByRole('row')).toHaveCount(26)

  const search = page.getByRole('searchbox')
  await search.fill('order-7')
  await page.getByRole('button', { name: 'Search' }).click()
  await expect(charges.getByRole('row')).toHaveCount(2)
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'CSV of this list' }).click()
  const lines = (await readFile(await (await download).path(), 'utf8')).trim().split('\r\n')
  expect(lines).toHaveLength(2)
  expect(lines[1]).toContain('order-7')

  await search.fill('nothing of the kind')
  await page.getByRole('button', { name: 'Search' }).click()
  await expect(page.getByText('No charge matches.')).toBeVisible()
  await page.getByRole('link', { name: 'Search all time' }).click()
  await expect(page).toHaveURL(/period=all/)
  await page.getByRole('link', { name: 'Show all charges' }).click()
  await expect(charges.getByRole('row')).toHaveCount(26)

  await charges.getByRole('link').first().click()
  const receipt = page.getByRole('dialog')
  await expect(receipt).toContainText('2,000 tokens × 0.5 per 1,000')
  await expect(receipt).toContainText('Monthly allowance')
  await expect(receipt).toContainText('version 1')
})

test('a receipt lists each refund with time, amount and reason, but only to its payer', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  const made = await operator.post('/charges', { user, operation: 'web.extract', usage: { pages: 3 } })
  const { id } = await made.json()
  for (const [amount, reason] of [
    [5, 'The second page was empty'],
    [4.5, 'Asked support'],
  ]) {
    expect((await operator.post(`/charges/${id}/refund`, { amount, reason })).status()).toBe(201)
  }
  await signIn(page, operator, { user, to: 'usage' })
  await page
    .getByRole('table', { name: /^Charges/ })
    .getByRole('link')
    .first()
    .click()
  const receipt = page.getByRole('dialog')
  await expect(receipt).toContainText('Refunded')
  const when = /\d+ \w+ \d{4}, \d{2}:\d{2} UTC/
  const rows = receipt.getByRole('term').filter({ hasText: when })
  await expect(rows).toHaveText([/UTCAsked support$/, /UTCThe second page was empty$/])
  await expect(receipt.locator('dl').filter({ hasText: when })).toContainText(
    /UTCAsked support4\.5.*UTCThe second page was empty5\.0$/,
  )

  const address = `/settings/usage/refunds?charge=${id}`
  expect((await page.request.get(address)).status()).toBe(200)
  await signIn(page, operator, { user: await newPerson(operator), to: 'usage' })
  expect((await page.request.get(address)).status()).toBe(404)
  expect((await page.request.get('/settings/usage/refunds?charge=nonsense')).status()).toBe(404)
  await page.context().clearCookies()
  expect((await page.request.get(address)).status()).toBe(401)
})
