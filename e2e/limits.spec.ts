import type { APIRequestContext, Page } from '@playwright/test'
import { expectAccessible } from './fixtures/accessible'
import { Operator } from './fixtures/operator'
import { availableOf, newPerson, signIn } from './fixtures/people'
import { expect, test } from './fixtures/test'

/** 8 credits. */
const PAGE = { operation: 'web.extract', usage: { pages: 1 } }

const rowOf = (page: Page, name: string) =>
  page.getByRole('listitem').filter({ has: page.getByLabel(name, { exact: true }) })

test('a person sets a daily limit, sees its use, and raises it after a refusal', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  await operator.post('/charges', { user, ...PAGE })
  await signIn(page, operator, { user, to: 'limits' })
  await expect(page.getByRole('heading', { name: 'Limits', level: 1 })).toBeVisible()
  const day = rowOf(page, 'Daily limit of your account')
  await expect(day).toContainText('8 credits used today')
  await expectAccessible(page)

  await day.getByRole('spinbutton', { name: 'Daily limit of your account' }).fill('1.2345')
  await day.getByRole('button', { name: 'Set: Daily limit of your account' }).click()
  await expect(day.getByText('Enter 0 or more, with at most three decimals.')).toBeVisible()
  await expect(day.getByRole('spinbutton', { name: 'Daily limit of your account' })).toBeFocused()
  await day.getByRole('spinbutton', { name: 'Daily limit of your account' }).fill('5')
  await day.getByRole('button', { name: 'Set: Daily limit of your account' }).click()
  await expect(day).toContainText('8 of 5 credits used today')
  await expect(day).toContainText('This is below what has already been used. Nothing more is spent today')

  const refused = await operator.post('/charges', { user, ...PAGE })
  expect(refused.status()).toBe(402)
  const problem = await refused.json()
  expect(problem).toMatchObject({ code: 'limit_reached', scope: 'account', window: 'day', limit: 5, used: 8 })
  const [raise] = problem.options
  expect(raise).toMatchObject({ kind: 'raise', label: 'Raise the daily limit of your account' })

  await page.goto(raise.href)
  await day.getByRole('spinbutton', { name: 'Daily limit of your account' }).fill('16')
  await page.keyboard.press('Enter')
  await expect(day).toContainText('8 of 16 credits used today')
  expect((await operator.post('/charges', { user, ...PAGE })).status()).toBe(201)
  await page.reload()
  await expect(day).toContainText('16 of 16 credits used today')
  await day.getByRole('button', { name: 'Remove: Daily limit of your account' }).click()
  await expect(day.getByRole('button', { name: /^Remove/ })).toHaveCount(0)
  await expect(day).toContainText('16 credits used today')
  expect((await operator.post('/charges', { user, ...PAGE })).status()).toBe(201)
})

test('a person follows the link in a run’s refusal and raises its cap, and the run’s charges add up', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  const started = await operator.post('/runs', { user, cap: 10, label: 'Plan a trip' })
  const { id: run } = await started.json()
  await operator.post('/charges', { user, run, ...PAGE })
  const refused = await (await operator.post('/charges', { user, run, ...PAGE })).json()
  expect(refused).toMatchObject({ code: 'limit_reached', scope: 'run', run, limit: 10, used: 8 })

  await signIn(page, operator, { user, to: 'limits' })
  await page.goto(refused.options[0].href)
  const panel = page.getByRole('region', { name: 'Plan a trip' })
  await expect(panel).toContainText('8 of 10 credits used')
  await expectAccessible(page)
  await panel.getByRole('spinbutton', { name: 'Cap of Plan a trip' }).fill('7')
  await panel.getByRole('button', { name: 'Change the cap' }).click()
  await expect(panel.getByText('Must be at least 8, which the run has used.')).toBeVisible()
  await panel.getByRole('spinbutton', { name: 'Cap of Plan a trip' }).fill('16')
  await panel.getByRole('button', { name: 'Change the cap' }).click()
  await expect(panel).toContainText('8 of 16 credits used')
  expect((await operator.post('/charges', { user, run, ...PAGE })).status()).toBe(201)
  await panel.getByRole('link', { name: 'See its charges' }).click()
  const charges = page.getByRole('table', { name: /^Charges/ })
  await expect(charges.getByRole('row', { name: /Web Content Extraction/ })).toHaveCount(2)
  await page.goBack()
  await panel.getByRole('button', { name: 'Stop the run: Plan a trip' }).click()
  await expect(panel).toContainText('Closed')
  await expect(panel.getByRole('spinbutton', { name: 'Cap of Plan a trip' })).toHaveCount(0)
  expect((await operator.post('/charges', { user, run, ...PAGE })).status()).toBe(409)
})

/** Opens the editor's chat as a new person. */
async function openEditor(page: Page, request: APIRequestContext) {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  await signIn(page, operator, { user, to: 'credits' })
  await page.goto('/editor')
  await page.getByRole('button', { name: 'Describe it in a chat' }).click()
  await expect(page.getByText('There is no app yet.')).toBeVisible()
  return { operator, user }
}

test('an agent’s turn in the editor pauses at its cap and continues once the cap is raised, and its receipts add up', async ({
  page,
  request,
}) => {
  const { operator, user } = await openEditor(page, request)
  await page.getByRole('textbox', { name: 'What should it be?' }).fill('A writing app called "Capped Notes"')
  await page.getByRole('textbox', { name: 'At most' }).fill('a lot')
  await page.getByRole('button', { name: 'Send' }).click()
  await expect(page.getByText('Enter an amount above 0, or leave this empty.')).toBeVisible()
  await page.getByRole('textbox', { name: 'At most' }).fill('30')
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Send' }).click()
  const paused = page.getByRole('alert').filter({ hasText: '0 of 30 used.' })
  await expect(paused).toContainText('Nothing was charged.')
  await expectAccessible(page)
  expect(await availableOf(operator, user)).toBe(1_000)

  await paused.getByRole('button', { name: 'Continue with 15 more' }).click()
  await expect(page.getByRole('link', { name: 'See the receipt' }).first()).toBeVisible()
  const preview = page.getByRole('region', { name: 'Preview' })
  await expect(preview.getByRole('heading', { name: 'Capped Notes' })).toBeVisible()
  const { data } = await (await operator.get(`/usage?user=${user}`)).json()
  expect(data).toHaveLength(1)
  const run = await (await operator.get(`/runs/${data[0].run}`)).json()
  expect(run).toMatchObject({ cap: 45, spent: data[0].total, held: 0, charges: 1 })
  expect(await availableOf(operator, user)).toBe(1_000 - run.spent)

  // The next turn has a run of its own; the amount is remembered here.
  await page.reload()
  await expect(page.getByRole('textbox', { name: 'At most' })).toHaveValue('30')
  await page.getByRole('textbox', { name: 'At most' }).fill('50')
  await page.getByRole('textbox', { name: 'What should it be?' }).fill('Make it green')
  await page.getByRole('button', { name: 'Send' }).click()
  await expect
    .poll(async () => {
      const usage = await (await operator.get(`/usage?user=${user}`)).json()
      return new Set(usage.data.map((charge: { run: string }) => charge.run)).size
    })
    .toBe(2)
  await page.goto(`/settings/usage?q=${data[0].run}`)
  const charges = page.getByRole('table', { name: /^Charges/ })
  await expect(charges.getByRole('row', { name: /Editor Chat/ })).toHaveCount(1)
})

test('a person who stops an agent’s turn in the middle keeps what it made and pays what it used', async ({
  page,
  request,
}) => {
  const { operator, user } = await openEditor(page, request)
  await page
    .getByRole('textbox', { name: 'What should it be?' })
    .fill(`A writing app called "Half Notes". Explain it: ${'one word after another '.repeat(60)}`)
  await page.getByRole('textbox', { name: 'At most' }).fill('300')
  await page.getByRole('button', { name: 'Send' }).click()
  const preview = page.getByRole('region', { name: 'Preview' })
  await expect(preview.getByRole('heading', { name: 'Half Notes' })).toBeVisible()
  const conversation = page.getByRole('list', { name: 'Conversation' })
  await expect(conversation).toContainText('I created the app.')
  await page.getByRole('button', { name: 'Stop' }).click()
  await expect(page.getByText(/^Stopped: only what was used is charged\./)).toBeVisible()

  const { data: charges } = await (await operator.get(`/usage?user=${user}`)).json()
  const { data: holds } = await (await operator.get(`/holds?user=${user}`)).json()
  const [{ total, run, lines, funding }] = charges
  expect(charges).toHaveLength(1)
  expect(holds).toMatchObject([{ status: 'captured' }])
  expect(total).toBeLessThanOrEqual(holds[0].amount)
  const sum = (parts: { amount: number }[]) => parts.reduce((all, { amount }) => all + amount, 0)
  expect([sum(lines), sum(funding)].map((one) => one.toFixed(3))).toEqual(Array(2).fill(total.toFixed(3)))
  expect(await availableOf(operator, user)).toBe(1_000 - total)
  // The page closes the run when its turn is over.
  const closed = { cap: 300, spent: total, held: 0, charges: 1, status: 'closed' }
  await expect.poll(async () => (await operator.get(`/runs/${run}`)).json()).toMatchObject(closed)

  await page.reload()
  await expect(preview.getByRole('heading', { name: 'Half Notes' })).toBeVisible()
  await expect(conversation).toContainText('I created the app.')
  await page.getByRole('link', { name: 'See the receipt' }).click()
  const receipt = page.getByRole('dialog')
  await expect(receipt).toContainText(`${total}`)
})

test('a person sees the open runs, raises the cap of one and stops another', async ({ page, request }) => {
  const operator = new Operator(request)
  const [user, creator] = [await newPerson(operator), await newPerson(operator)]
  const made = await operator.post('/apps', { user: creator, name: 'Trip Planner', visibility: 'public' })
  const { id: app } = await made.json()
  const start = async (fields: object) =>
    (await (await operator.post('/runs', { user, ...fields })).json()).id
  const trip = await start({ cap: 20, label: 'Plan a trip', app })
  const book = await start({ cap: 40, label: 'Write a book' })
  await operator.post('/charges', { user, app, run: trip, ...PAGE })
  await operator.post('/holds', { user, run: book, ...PAGE })

  await signIn(page, operator, { user, to: 'limits' })
  const running = page.getByRole('list', { name: 'Running now' })
  const rowNamed = (name: string) =>
    running.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) })
  await expect(running.getByRole('heading')).toHaveText(['Write a book', 'Plan a trip'])
  await expect(rowNamed('Plan a trip')).toContainText('Trip Planner · 1 charge')
  await expect(rowNamed('Write a book')).toContainText('0 of 40 credits used, 8 held')
  await expectAccessible(page)

  await rowNamed('Plan a trip').getByRole('spinbutton', { name: 'Cap of Plan a trip' }).fill('60')
  await rowNamed('Plan a trip').getByRole('button', { name: 'Change the cap' }).click()
  await expect(rowNamed('Plan a trip')).toContainText('8 of 60 credits used')
  await rowNamed('Write a book').getByRole('button', { name: 'Stop the run: Write a book' }).click()
  await expect(running.getByRole('heading')).toHaveText(['Plan a trip'])
  expect((await operator.post('/charges', { user, run: book, ...PAGE })).status()).toBe(409)

  const open = await (await operator.get(`/runs?user=${user}&status=open`)).json()
  expect(open).toMatchObject({ data: [{ id: trip, cap: 60 }], nextCursor: null })
  const first = await (await operator.get(`/runs?user=${user}&limit=1`)).json()
  expect(first.data).toMatchObject([{ id: book, status: 'closed', held: 8 }])
  const second = await (await operator.get(`/runs?user=${user}&limit=1&cursor=${first.nextCursor}`)).json()
  expect(second).toMatchObject({ data: [{ id: trip }], nextCursor: null })

  await running.getByRole('link', { name: '1 charge' }).click()
  await expect(
    page.getByRole('table', { name: /^Charges/ }).getByRole('row', { name: /Web Content/ }),
  ).toHaveCount(1)
})

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false })

  test('a limit can be set and removed, and a wrong amount is explained', async ({ page, request }) => {
    const operator = new Operator(request)
    const user = await newPerson(operator)
    await signIn(page, operator, { user, to: 'limits' })
    const week = rowOf(page, 'Weekly limit of the editor')
    await week.getByRole('spinbutton', { name: 'Weekly limit of the editor' }).fill('12.3456')
    await week.getByRole('button', { name: 'Set: Weekly limit of the editor' }).click()
    await expect(week.getByText('Enter 0 or more, with at most three decimals.')).toBeVisible()
    await week.getByRole('spinbutton', { name: 'Weekly limit of the editor' }).fill('40')
    await week.getByRole('button', { name: 'Set: Weekly limit of the editor' }).click()
    await expect(week).toContainText('0 of 40 credits used this week')
    await week.getByRole('button', { name: 'Remove: Weekly limit of the editor' }).click()
    await expect(week.getByRole('button', { name: /^Remove/ })).toHaveCount(0)
  })
})
