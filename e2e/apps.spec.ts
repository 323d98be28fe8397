import type { APIRequestContext, Page } from '@playwright/test'
import { expectAccessible } from './fixtures/accessible'
import { Operator } from './fixtures/operator'
import { connectAddress, type OutsideApp, outsideApp, registerApp } from './fixtures/outside-app'
import { availableOf, newPerson, signIn } from './fixtures/people'
import { expect, test } from './fixtures/test'

/** 8 credits per page, plus 0.8 for the creator in someone else's app. */
const PAGES = { operation: 'web.extract', usage: { pages: 10 } }
const BASE = 80
const PREMIUM = 8

async function exchange(
  request: APIRequestContext,
  app: OutsideApp,
  page: Page,
  verifier: string,
): Promise<string> {
  const code = new URL(page.url()).searchParams.get('code')
  const answer = await request.post('/api/v1/connect/token', {
    data: { code, codeVerifier: verifier, returnTo: app.returnTo },
  })
  expect(answer.status()).toBe(201)
  const { token } = await answer.json()
  return token
}

async function rewardsOf(operator: Operator, user: string): Promise<number> {
  const answer = await operator.get(`/rewards?user=${user}`)
  expect(answer.status()).toBe(200)
  const { balance } = await answer.json()
  return balance
}

test('A creates an app, B uses it within a budget, and A earns the premium and spends it', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const [creator, payer] = [await newPerson(operator), await newPerson(operator)]
  const app = await outsideApp(page, creator)

  await signIn(page, operator, { user: creator, to: 'apps' })
  await page.getByRole('link', { name: 'Create an app' }).click()
  await page.getByRole('textbox', { name: 'Origins' }).fill('not a url')
  await page.getByRole('button', { name: 'Create app' }).click()
  // Each invalid line produces one message, whatever it contains.
  await expect(page.getByText(/must be an origin/)).toHaveText(
    'Line 1 must be an origin such as https://app.example.',
  )
  await page.getByRole('textbox', { name: 'Origins' }).fill(`${app.origin}/path`)
  await page.getByRole('button', { name: 'Create app' }).click()
  await expect(page.getByText('Must have 1 to 100 characters.')).toBeVisible()
  await expect(page.getByText('Line 1 must be an origin such as https://app.example.')).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'Name' })).toBeFocused()
  await page.getByRole('textbox', { name: 'Name' }).fill(app.name)
  await page.getByRole('textbox', { name: 'Slug' }).fill('Trip Planner')
  await page.getByRole('textbox', { name: 'Origins' }).fill(app.origin)
  await page.getByRole('combobox', { name: 'Who can use it' }).selectOption('public')
  await page.getByRole('button', { name: 'Create app' }).click()
  await expect(page.getByText(/^Must be words of a–z and 0–9 joined by hyphens/)).toBeVisible()
  await page.getByRole('textbox', { name: 'Slug' }).fill(app.slug)
  await page.getByRole('button', { name: 'Create app' }).click()
  const made = page.getByRole('list', { name: 'Apps you made' }).getByRole('listitem')
  await expect(made).toContainText('Not used by others this month')
  await expect(made).toContainText('Public')

  const { address, verifier, state } = connectAddress(app)
  await signIn(page, operator, { user: payer, to: 'credits' })
  await page.goto(address)
  await expect(page.getByRole('heading', { name: `Let ${app.name} spend your credits?` })).toBeVisible()
  await expect(page.getByText('10% on top goes to its creator.')).toBeVisible()
  await expect(page.getByText('Its creator never sees your data.')).toBeVisible()
  await expect(page.getByLabel('Credits a month')).toHaveValue('200')
  await page.getByRole('button', { name: 'Allow up to 200 credits a month' }).click()
  await expect(page).toHaveURL(new RegExp(`^${app.origin}/back`))
  const back = new URL(page.url()).searchParams
  expect([back.get('from'), back.get('state')]).toEqual(['credits', state])
  const appToken = await exchange(request, app, page, verifier)

  for (let use = 1; use <= 2; use++) {
    const charge = await operator.post('/charges', { appToken, ...PAGES })
    expect(charge.status()).toBe(201)
    expect(await charge.json()).toMatchObject({ base: BASE, premium: PREMIUM })
  }
  expect(await availableOf(operator, payer)).toBe(1_000 - 2 * (BASE + PREMIUM))
  expect(await rewardsOf(operator, creator)).toBe(2 * PREMIUM)

  const overBudget = await operator.post('/charges', { appToken, ...PAGES })
  expect(overBudget.status()).toBe(402)
  expect(await overBudget.json()).toMatchObject({ code: 'budget_exceeded', budget: 200, used: 176 })

  await page.goto('/settings/apps')
  const used = page.getByRole('list', { name: 'Apps you use' }).getByRole('listitem')
  await expect(used).toContainText('176 of 200 credits this month')
  await used.getByRole('button', { name: 'Change the budget' }).click()
  const dialog = page.getByRole('dialog')
  await expectAccessible(page)
  await dialog.getByLabel('Credits a month').fill('0')
  await dialog.getByRole('button', { name: 'Save budget' }).click()
  await expect(dialog.getByText(/^Enter an amount above 0 with at most three decimals/)).toBeVisible()
  await dialog.getByLabel('Credits a month').fill('300')
  await dialog.getByRole('button', { name: 'Save budget' }).click()
  await expect(dialog).toHaveCount(0)
  await expect(used).toContainText('176 of 300 credits this month')

  await used.getByRole('button', { name: `Pause ${app.name}` }).click()
  await expect(used.getByText('Paused', { exact: true })).toBeVisible()
  const paused = await operator.post('/charges', { appToken, ...PAGES })
  expect([paused.status(), (await paused.json()).code]).toEqual([403, 'app_paused'])
  await used.getByRole('button', { name: `Resume ${app.name}` }).click()
  await expect(used.getByText('Paused', { exact: true })).toHaveCount(0)
  await expect(used).toContainText('of 300 credits')
  expect((await operator.post('/charges', { appToken, ...PAGES })).status()).toBe(201)

  await used.getByRole('button', { name: 'Revoke access for' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke access' }).click()
  await expect(used.getByText('Access revoked')).toBeVisible()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(used.getByRole('link', { name: app.name })).toBeFocused()
  const revoked = await operator.post('/charges', { appToken, ...PAGES })
  expect([revoked.status(), (await revoked.json()).code]).toEqual([403, 'consent_required'])
  expect(await availableOf(operator, payer)).toBe(1_000 - 3 * (BASE + PREMIUM))

  await signIn(page, operator, { user: creator, to: 'rewards' })
  await expect(page.getByRole('heading', { name: '24 reward credits' })).toBeVisible()
  // With only one payer, the page must reveal neither their uses nor how many times they paid.
  await expect(page.getByText(/is shown for days on which at least 5 people paid/)).toBeVisible()
  await expect(page.getByText(/\buses?;/)).toHaveCount(0)
  await page.getByLabel('Move to spendable credits').fill('25')
  await page.getByRole('button', { name: 'Move credits' }).click()
  await expect(page.getByText('At most 24 credits can be moved.')).toBeVisible()
  await page.getByLabel('Move to spendable credits').fill('20')
  await page.getByRole('button', { name: 'Move credits' }).dblclick()
  await expect(page.getByText('You can now spend 20 credits.')).toBeVisible()
  await expect(page.getByRole('heading', { name: '4 reward credits' })).toBeVisible()
  await expect(page.getByRole('table', { name: /^Rewards moved/ }).getByRole('row')).toHaveCount(2)
  expect(await availableOf(operator, creator)).toBe(1_020)
  expect(await rewardsOf(operator, creator)).toBe(4)
  const spent = await operator.post('/charges', {
    user: creator,
    operation: 'web.extract',
    usage: { pages: 127 },
  })
  expect(spent.status()).toBe(201)
  expect(await availableOf(operator, creator)).toBe(4)
})

test.describe('many apps', () => {
  test.use({ expectedConsoleErrors: [/404/] })

  test('the rewards page lists all of its creator’s apps and no one else’s', async ({ page, request }) => {
    const operator = new Operator(request)
    const [creator, payer] = [await newPerson(operator), await newPerson(operator)]
    const app = await outsideApp(page, creator)
    await registerApp(operator, creator, app)
    for (let n = 1; n <= 51; n++)
      await registerApp(operator, creator, { ...app, slug: `${app.slug}-${n}`, name: 'Another' })
    for (const name of [app.slug, `${app.slug}-51`])
      expect((await operator.post('/charges', { user: payer, app: name, ...PAGES })).status()).toBe(201)
    await signIn(page, operator, { user: creator, to: 'rewards' })
    const earned = page.getByRole('list', { name: 'Rewards by app' }).getByRole('listitem')
    await expect(earned).toHaveCount(2)
    await earned.getByRole('link', { name: app.name }).click()
    await expect(page).toHaveURL(`/settings/rewards?app=${app.slug}`)
    await expect(earned).toHaveCount(1)
    await expect(earned).toContainText(app.name)
    await signIn(page, operator, { user: payer, to: 'rewards' })
    await page.goto(`/settings/rewards?app=${app.slug}`)
    await expect(page.getByRole('list', { name: 'Rewards by app' })).toHaveCount(0)
    await expect(page.getByText('There is no page at this address.')).toBeVisible()
  })
})

test.describe('the connect page', () => {
  test('lets a visitor sign in first, and reports a cancellation to the app', async ({ page, request }) => {
    const operator = new Operator(request)
    const creator = await newPerson(operator)
    const app = await outsideApp(page, creator)
    await registerApp(operator, creator, app)
    const { address, state } = connectAddress(app)
    await page.goto(address)
    await expect(page).toHaveURL(/\/signin\?/)
    await page.getByRole('button', { name: 'Sign in as Nova' }).click()
    await page.getByRole('link', { name: 'Cancel' }).click()
    await expect(page).toHaveURL(`${app.origin}/back?from=credits&error=access_denied&state=${state}`)
  })

  test('requires a budget or an explicit “no limit”, and works by keyboard', async ({ page, request }) => {
    const operator = new Operator(request)
    const [creator, payer] = [await newPerson(operator), await newPerson(operator)]
    const app = await outsideApp(page, creator)
    await registerApp(operator, creator, app)
    await signIn(page, operator, { user: payer, to: 'credits' })
    const { address, verifier } = connectAddress(app)
    await page.goto(address)
    await page.getByLabel('Credits a month').focus()
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.press('Delete')
    await page.keyboard.press('Enter')
    await expect(page.getByText(/^Enter an amount above 0 with at most three decimals/)).toBeVisible()
    await expect(page.getByLabel('Credits a month')).toBeFocused()
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('ArrowDown')
    await expect(page.getByRole('radio', { name: /^No limit/ })).toBeChecked()
    await page.keyboard.press('Tab')
    await expect(page.getByRole('button', { name: 'Allow without a limit' })).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(page).toHaveURL(new RegExp(`^${app.origin}/back`))
    await exchange(request, app, page, verifier)
    const budget = await operator.get(`/apps/${app.slug}/budget?user=${payer}`)
    expect(await budget.json()).toMatchObject({ monthlyLimit: null, paused: false })
  })

  test('asks only for consent when opened from a refusal, and the same request then succeeds', async ({
    page,
    request,
  }) => {
    const operator = new Operator(request)
    const [creator, payer] = [await newPerson(operator), await newPerson(operator)]
    const app = await outsideApp(page, creator)
    await registerApp(operator, creator, app)
    await signIn(page, operator, { user: payer, to: 'credits' })
    // Sent as a product page would send it, with the person's own session.
    const ask = async () => {
      const headers = { origin: new URL(page.url()).origin }
      const answer = await page.request.post(`/api/v1/apps/${app.slug}/tokens`, { headers })
      return { status: answer.status(), body: await answer.json() }
    }
    const refused = await ask()
    expect(refused).toMatchObject({ status: 403, body: { code: 'consent_required' } })
    await page.goto(refused.body.href)
    await expect(page.getByRole('heading', { name: `Let ${app.name} spend your credits?` })).toBeVisible()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Allow up to 200 credits a month' }).click()
    await expect(page.getByRole('status')).toHaveText('Allowed. Go back to the app.')
    await expect(page).toHaveURL(refused.body.href)
    expect(await ask()).toMatchObject({ status: 201, body: { token: expect.stringMatching(/^at_/) } })
    const budget = await operator.get(`/apps/${app.slug}/budget?user=${payer}`)
    expect(await budget.json()).toMatchObject({ monthlyLimit: 200 })
  })

  test('never redirects to an unregistered URL and explains the problem', async ({ page, request }) => {
    const operator = new Operator(request)
    const creator = await newPerson(operator)
    const app = await outsideApp(page, creator)
    await registerApp(operator, creator, app)
    await signIn(page, operator, { user: creator, to: 'credits' })
    const refusals: [Record<string, string>, string][] = [
      [{ returnTo: '' }, 'This link is not complete'],
      [{ app: 'no-such-app' }, 'There is no such app'],
      [
        { returnTo: 'https://elsewhere.example/' },
        'This link leads to an address that the app has not registered',
      ],
      [{ returnTo: 'javascript:alert(1)' }, 'This link leads to an address that the app has not registered'],
      [{ code_challenge: '' }, 'This link is not complete'],
      [{ code_challenge_method: 'plain' }, 'This link is not complete'],
    ]
    for (const [change, words] of refusals) {
      const query = new URLSearchParams(connectAddress(app).address.slice('/connect?'.length))
      for (const [name, value] of Object.entries(change)) query.set(name, value)
      await page.goto(`/connect?${query}`)
      await expect(page.getByText(words)).toBeVisible()
      await expect(page.getByRole('button', { name: /^Allow/ })).toHaveCount(0)
      await expect(page).toHaveURL(/\/connect\?/)
    }
    // A repeated URL, or a URL without the other parameters, is not treated as missing.
    for (const returnTo of [
      '&returnTo=https%3A%2F%2Felsewhere.example',
      `&returnTo=${app.origin}`.repeat(2),
    ]) {
      await page.goto(`/connect?app=${app.slug}${returnTo}`)
      await expect(
        page.getByText('This link leads to an address that the app has not registered'),
      ).toBeVisible()
      await expect(page.getByRole('button', { name: /^Allow/ })).toHaveCount(0)
    }
  })
})
