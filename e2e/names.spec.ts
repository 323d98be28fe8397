import { createHash, randomUUID } from 'node:crypto'
import { withDatabase } from './fixtures/database'
import { Operator } from './fixtures/operator'
import { newPerson, signIn } from './fixtures/people'
import { expect, test } from './fixtures/test'

/** Reverses what follows, so that "Safe gnihtyna" reads as another name. */
const OVERRIDE = '\u202e'
const HEBREW = 'מתכנן טיולים'

const connectAddress = (app: string) =>
  `/connect?${new URLSearchParams({
    app,
    returnTo: 'https://asks.example/back',
    state: 'state',
    code_challenge: createHash('sha256').update('v'.repeat(50)).digest('base64url'),
    code_challenge_method: 'S256',
  })}`

async function newApp(operator: Operator, name: string) {
  const slug = `named-${randomUUID()}`
  const user = await newPerson(operator)
  const app = { user, name, slug, visibility: 'public', origins: ['https://asks.example'] }
  return { slug, made: await operator.post('/apps', app) }
}

test('names that could be mistaken for others are refused, and the refusal names the character', async ({
  request,
}) => {
  const operator = new Operator(request)
  for (const [name, said] of [
    [`Bank${OVERRIDE}ppA`, 'U+202E'],
    ['Story\u200b Studio', 'U+200B'],
    ['\u3164', 'U+3164'],
    ['…', 'a letter or a digit'],
  ] as const) {
    const { made } = await newApp(operator, name)
    const person = await operator.put(`/users/${randomUUID()}`, {
      email: `${randomUUID()}@e2e.example`,
      name,
    })
    for (const refused of [made, person]) {
      expect(refused.status()).toBe(422)
      expect((await refused.json()).errors).toEqual([
        { path: 'name', message: expect.stringContaining(said) },
      ])
    }
  }
})

test('a creator learns that a name cannot be used', async ({ page, request }) => {
  const operator = new Operator(request)
  await signIn(page, operator, { user: await newPerson(operator), to: 'apps' })
  await page.goto('/settings/apps/new')
  await page.getByLabel('Name', { exact: true }).fill(`Bank${OVERRIDE}ppA`)
  await page.getByRole('button', { name: 'Create app' }).click()
  await expect(
    page.getByText('Must not contain control, invisible or text-direction characters (U+202E).'),
  ).toBeVisible()
})

test('no app name, new or stored earlier, can reverse the sentence that asks for consent', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  await signIn(page, operator, { user: await newPerson(operator), to: 'credits' })
  const heading = page.getByRole('heading', { level: 1 })
  const { slug } = await newApp(operator, HEBREW)
  await page.goto(connectAddress(slug))
  await expect(heading).toHaveText(`Let ${HEBREW} spend your credits?`)
  await expect(heading.locator('bdi')).toHaveText(HEBREW)

  const old = await newApp(operator, 'Old app')
  await withDatabase((client) =>
    client.query('update apps set name = $2 where slug = $1', [
      old.slug,
      `Free${OVERRIDE} ?stiderc ruoy dneps ton ll’ti teL\u200b`,
    ]),
  )
  await page.goto(connectAddress(old.slug))
  await expect(heading).toHaveText('Let Free ?stiderc ruoy dneps ton ll’ti teL spend your credits?')
  const shown = await heading.evaluate((element) => element.textContent)
  expect(shown).not.toMatch(/\p{Cf}/u)
})
