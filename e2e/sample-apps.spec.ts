import { randomUUID } from 'node:crypto'
import { pay } from './fixtures/checkout'
import { Operator } from './fixtures/operator'
import { availableOf, newPerson, signIn } from './fixtures/people'
import { allow, LONG_SUMMARY, LONG_TITLE, make, prompt, receipt, spendAll } from './fixtures/sample-app'
import { expect, test } from './fixtures/test'

type Used = { id: string; base: number; premium: number; total: number; reference: string | null }

/** A person's charges in an app, newest first, as the API returns them. */
async function usedIn(operator: Operator, user: string, app: string): Promise<Used[]> {
  const answer = await operator.get(`/usage?user=${user}&app=${app}`)
  expect(answer.status()).toBe(200)
  const { data } = await answer.json()
  return data
}

async function rewardsOf(operator: Operator, user: string): Promise<number> {
  const answer = await operator.get(`/rewards?user=${user}`)
  const { balance } = await answer.json()
  return balance
}

const sumOf = (amounts: number[]) => Math.round(amounts.reduce((sum, one) => sum + one, 0) * 1_000) / 1_000

test('A publishes an app from the editor, B pays base and premium, and A earns, moves and spends the reward', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const [creator, payer] = [await newPerson(operator), await newPerson(operator)]
  const name = `Trip Notes ${randomUUID().slice(0, 8)}`

  // A describes an app and sees the price before and the receipt after.
  await signIn(page, operator, { user: creator, to: 'credits' })
  await page.goto('/editor')
  await page.getByRole('button', { name: 'Describe it in a chat' }).click()
  await expect(page.getByText('There is no app yet.')).toBeVisible()
  await page
    .getByRole('textbox', { name: 'What should it be?' })
    .fill(`A writing app called "${name}" in green, with two starter notes about Lisbon`)
  await expect(page.getByText(/^About \d+ credits/)).toBeVisible()
  await page.getByRole('button', { name: 'Send' }).click()
  await expect(receipt(page)).toBeVisible()
  const preview = page.getByRole('region', { name: 'The app as it is now' })
  await expect(preview.getByRole('heading', { name })).toBeVisible()
  await expect(preview.getByRole('listitem')).toHaveCount(2)
  await expect(page.getByRole('textbox', { name: 'Name', exact: true })).toHaveValue(name)
  const spentOnChat = 1_000 - (await availableOf(operator, creator))
  expect(spentOnChat).toBeGreaterThanOrEqual(40)

  // Manual edits are free.
  await page.getByRole('textbox', { name: 'What it is for' }).fill('Pack less, see more.')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await expect(preview.getByText('Pack less, see more.')).toBeVisible()
  expect(await availableOf(operator, creator)).toBe(1_000 - spentOnChat)

  await page.getByRole('button', { name: 'Publish', exact: true }).click()
  const open = page.getByRole('link', { name: 'Open the app' })
  await expect(open).toBeVisible()
  const app = (await open.getAttribute('href'))?.replace('/apps/', '') ?? ''
  await open.click()

  // A's own use costs only the base price.
  await page.getByRole('link', { name: 'Choose a budget' }).click()
  await allow(page, '100')
  await make(page, 'Write', 'A packing list for a weekend by the sea')
  const [own] = await usedIn(operator, creator, app)
  expect(own).toMatchObject({ premium: 0, total: own?.base })
  expect(await availableOf(operator, creator)).toBe(sumOf([1_000, -spentOnChat, -(own?.base ?? 0)]))
  expect(await rewardsOf(operator, creator)).toBe(0)

  // B consents, and pays base and premium for each of two uses.
  await signIn(page, operator, { user: payer, to: 'credits' })
  await page.goto(`/apps/${app}`)
  await expect(page.getByText('10% on top goes to its creator')).toBeVisible()
  await page.getByRole('link', { name: 'Choose a budget' }).click()
  await expect(page.getByText('10% on top goes to its creator.')).toBeVisible()
  await allow(page, '200')
  await expect(page.getByText(/^About [\d.]+ credits, with \+10% to its creator/)).toBeVisible()
  await make(page, 'Write', 'Three ideas for a rainy day in Lisbon')
  await expect(receipt(page)).toContainText('for its creator')
  await make(page, 'Write', 'Five names for a small boat')
  const uses = await usedIn(operator, payer, app)
  expect(uses).toHaveLength(2)
  for (const { base, premium, total } of uses) {
    expect(premium).toBe(Math.floor(Math.round(base * 1_000) / 10) / 1_000)
    expect(total).toBe(sumOf([base, premium]))
  }
  expect(await availableOf(operator, payer)).toBe(sumOf([1_000, ...uses.map(({ total }) => -total)]))
  const earned = sumOf(uses.map(({ premium }) => premium))
  expect(await rewardsOf(operator, creator)).toBe(earned)

  // The receipt is linked.
  await page.getByRole('link', { name: 'See the receipt' }).first().click()
  await expect(page.getByRole('dialog')).toContainText(name)

  // The next use exceeds B's budget and is refused; raising the budget continues the same action.
  await page.goto('/settings/apps')
  const row = page.getByRole('list', { name: 'Apps you use' }).getByRole('listitem')
  await row.getByRole('button', { name: 'Change the budget' }).click()
  await page.getByLabel('Credits a month').fill('5')
  await page.getByRole('button', { name: 'Save budget' }).click()
  await expect(row).toContainText('of 5 credits this month')
  await row.getByRole('link', { name: `Open ${name}` }).click()
  await prompt(page).fill('A letter to a friend who moves to Lisbon')
  await page.getByRole('button', { name: 'Write', exact: true }).click()
  await expect(page.getByText('This would go over the budget you set for this app.')).toBeVisible()
  expect(await usedIn(operator, payer, app)).toHaveLength(2)
  await page.getByRole('link', { name: 'Raise the monthly budget of this app' }).click()
  await allow(page, '200')
  await expect(receipt(page)).toBeVisible()
  expect(await usedIn(operator, payer, app)).toHaveLength(3)

  // At zero everything but AI works; a purchase lets the pending action continue, once.
  await spendAll(operator, payer)
  await page.goto(`/apps/${app}`)
  await page.getByRole('button', { name: /^Edit A first idea/ }).click()
  await page.getByRole('textbox', { name: 'Title' }).fill('Edited without a credit')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(page.getByRole('article', { name: 'Edited without a credit' })).toBeVisible()
  await prompt(page).fill('A headline for a postcard')
  await expect(page.getByText('You have 0 credits left.')).toBeVisible()
  await page.getByRole('button', { name: 'Write', exact: true }).click()
  await expect(page.getByText('You have too few credits for this.')).toBeVisible()
  await page.getByRole('link', { name: 'Buy 2,000 credits for $6' }).click()
  await page.getByRole('button', { name: 'Buy 2,000 credits for $6' }).click()
  await pay(page)
  await page.getByRole('link', { name: 'Back to the app' }).click()
  await expect(receipt(page)).toBeVisible()
  await expect(prompt(page)).toHaveValue('A headline for a postcard')
  const after = await usedIn(operator, payer, app)
  expect(after).toHaveLength(4)
  expect(await availableOf(operator, payer)).toBe(sumOf([2_000, -(after[0]?.total ?? 0)]))
  // Reloading the page does not repeat the action.
  await page.reload()
  await expect(page.getByRole('article', { name: 'A headline for a postcard' })).toBeVisible()
  expect(await usedIn(operator, payer, app)).toHaveLength(4)

  // A moves the rewards to the balance and spends them.
  const rewards = sumOf(after.map(({ premium }) => premium))
  expect(await rewardsOf(operator, creator)).toBe(rewards)
  const before = await availableOf(operator, creator)
  await signIn(page, operator, { user: creator, to: 'rewards' })
  await page.getByLabel('Move to spendable credits').fill(String(rewards))
  await page.getByRole('button', { name: 'Move credits' }).click()
  await expect(page.getByText(`You can now spend ${rewards} credits.`)).toBeVisible()
  expect(await rewardsOf(operator, creator)).toBe(0)
  expect(await availableOf(operator, creator)).toBe(sumOf([before, rewards]))
  await spendAll(operator, creator)
})

test('the preview keeps the chat’s changes even if the page is rendered again late', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  await signIn(page, operator, { user: await newPerson(operator), to: 'credits' })
  await page.goto('/editor')
  await page.getByRole('button', { name: 'Describe it in a chat' }).click()
  await expect(page.getByText('There is no app yet.')).toBeVisible()
  const held: (() => Promise<void>)[] = []
  let isHolding = true
  await page.route(/\/editor\//, (route) => {
    if (!isHolding || route.request().headers().rsc === undefined) return route.continue()
    held.push(() => route.continue())
  })
  await page.getByRole('textbox', { name: 'What should it be?' }).fill('A writing app called "Slow Notes"')
  await page.getByRole('button', { name: 'Send' }).click()
  await expect(receipt(page)).toBeVisible()
  await expect.poll(() => held.length).toBeGreaterThan(0)
  await expect(page.getByRole('button', { name: 'Send' })).toBeVisible()
  const preview = page.getByRole('region', { name: 'The app as it is now' })
  await expect(preview.getByRole('heading', { name: 'Slow Notes' })).toBeVisible()
  await expect(page.getByText('There is no app yet.')).toHaveCount(0)
  isHolding = false
  for (const goOn of held) await goOn()
  await expect(page.getByRole('textbox', { name: 'Name', exact: true })).toHaveValue('Slow Notes')
})

test('a stopped use costs its usage, and its result is saved', async ({ page, request }) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  await signIn(page, operator, { user, to: 'credits' })
  await page.goto('/apps/page-reader')
  await page.getByRole('link', { name: 'Choose a budget' }).click()
  await allow(page, '200')
  await prompt(page).fill(LONG_SUMMARY)
  await page.getByRole('button', { name: 'Write', exact: true }).click()
  await expect(page.getByRole('region', { name: 'Result' })).toContainText(/\w+ \w+ \w+/)
  await page.getByRole('button', { name: 'Stop' }).click()
  await expect(page.getByText(/^Stopped: only what was used is charged\./)).toBeVisible()
  await expect(page.getByRole('article', { name: LONG_TITLE })).toBeVisible()
  expect(await usedIn(operator, user, 'page-reader')).toHaveLength(1)
  const holds = await operator.get(`/holds?user=${user}&status=open`)
  expect((await holds.json()).data).toEqual([])

  // Leaving the page also stops the use.
  await page.reload()
  await prompt(page).fill('An article about the keepers of lighthouses')
  await page.getByRole('button', { name: 'Write', exact: true }).click()
  await expect(page.getByRole('region', { name: 'Result' })).toContainText(/\w+ \w+ \w+/)
  await page.goto('/apps')
  await expect.poll(() => usedIn(operator, user, 'page-reader').then((used) => used.length)).toBe(2)
  await page.goto('/apps/page-reader')
  const left = page.getByRole('article', { name: 'An article about the keepers of lighthouses' })
  await expect(left).toContainText('Cost')

  // The other buttons of a text app.
  await page.getByRole('button', { name: /^Read a page/ }).click()
  await page.getByRole('textbox', { name: 'Page address' }).fill('not an address')
  await page.getByRole('button', { name: 'Read the page' }).click()
  await expect(page.getByText(/^Enter the address of a page/)).toBeVisible()
  await page.getByRole('textbox', { name: 'Page address' }).fill('https://news.example/harbour-opens')
  await page.getByRole('button', { name: 'Read the page' }).click()
  await expect(receipt(page)).toContainText('8 for the work and 0.8 for its creator')
  await page.getByRole('button', { name: /^Search the web/ }).click()
  await make(page, 'Search and write', 'What opened in the harbour?')
  const [searched] = await usedIn(operator, user, 'page-reader')
  expect(searched?.base).toBeGreaterThan(15)
})

test('images, speech and video clips are made, saved and shown again', async ({ page, request }) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  const grant = await operator.post('/grants', { user, amount: 2_000, reason: 'to try everything' })
  expect(grant.status()).toBe(201)
  await signIn(page, operator, { user, to: 'credits' })
  await page.goto('/apps/story-studio')
  await page.getByRole('link', { name: 'Choose a budget' }).click()
  await allow(page, '2000')
  await make(page, 'Make a picture', 'A lighthouse at dusk')
  const picture = page.getByRole('img', { name: 'A lighthouse at dusk' })
  await expect(picture).toBeVisible()
  await expect
    .poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBeGreaterThan(0)
  await page.getByRole('button', { name: /^Voice/ }).click()
  await make(page, 'Read it aloud', 'The tide comes in at six.')
  const voice = page.locator('audio')
  await expect.poll(() => voice.evaluate((audio: HTMLAudioElement) => audio.duration)).toBeGreaterThan(0)
  await page.getByRole('button', { name: /^Video[^,]/ }).click()
  await make(page, 'Make a clip of 2 seconds', 'Waves under a full moon')
  await expect(page.getByRole('article', { name: 'Waves under a full moon' })).toContainText(/Cost 4\d\d/)

  // Advanced operations need Super: the refusal says so, and the cheaper alternative works immediately.
  await page.getByRole('button', { name: /^Picture, advanced/ }).click()
  await prompt(page).fill('A harbour in the fog')
  await page.getByRole('button', { name: 'Make an advanced picture' }).click()
  await expect(page.getByText('This operation needs the Super plan.')).toBeVisible()
  await page.getByRole('button', { name: /^Use Standard Image Generation/ }).click()
  await expect(page.getByRole('img', { name: 'A harbour in the fog' })).toBeVisible()

  // With Super, advanced operations work and the pending action continues.
  await page.getByRole('button', { name: /^Video, advanced/ }).click()
  await prompt(page).fill('A storm that passes over the harbour')
  await page.getByRole('button', { name: 'Make an advanced clip of 2 seconds' }).click()
  await page.getByRole('link', { name: /^Upgrade to Super/ }).click()
  await page.getByRole('button', { name: 'Upgrade to Super for $20 a month' }).click()
  await pay(page)
  await page.getByRole('link', { name: 'Back to the app' }).click()
  const clip = page.getByRole('article', { name: 'A storm that passes over the harbour' })
  await expect(clip).toContainText('Cost 1,100 credits')
  const stranger = await newPerson(operator)
  const href = (await picture.getAttribute('src')) ?? ''
  await signIn(page, operator, { user: stranger, to: 'credits' })
  expect((await page.request.get(href)).status()).toBe(404)
})

test('a person without consent spends nothing and can use the rest of the app', async ({ page, request }) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  await page.goto('/apps/page-reader')
  await expect(page.getByRole('link', { name: 'Sign in', exact: true }).first()).toBeVisible()
  await signIn(page, operator, { user, to: 'credits' })
  await page.goto('/apps/page-reader')
  await page.getByRole('link', { name: 'Choose a budget' }).click()
  await page.getByRole('link', { name: 'Cancel' }).click()
  await expect(page.getByText('You did not allow it, and nothing was spent.')).toBeVisible()
  await page.getByRole('button', { name: 'Write a note' }).click()
  await page.getByRole('textbox', { name: 'Text' }).fill('Free as it is')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(page.getByRole('article', { name: 'Free as it is' })).toBeVisible()
  await page.getByRole('button', { name: 'Delete Free as it is' }).click()
  await expect(page.getByRole('article', { name: 'Free as it is' })).toHaveCount(0)
  expect(await availableOf(operator, user)).toBe(1_000)

  // After revocation, the app asks for consent again.
  await page.goto('/apps/page-reader/connect')
  await allow(page, '50')
  await expect(page.getByRole('heading', { name: 'Make something' })).toBeVisible()
  await page.goto('/settings/apps')
  await page.getByRole('button', { name: 'Revoke access for' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke access' }).click()
  await expect(page.getByText('Access revoked')).toBeVisible()
  await page.goto('/apps/page-reader')
  await expect(page.getByRole('link', { name: 'Choose a budget' })).toBeVisible()
})
