import type { AdapterAccount, AdapterUser } from 'next-auth/adapters'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { getBalance } from '@/lib/credits/verbs/get-balance'
import { createScenario, credits, newKey, type Scenario } from '@/lib/testing/scenario'
import { createUser } from '@/lib/users/create-user'
import { createAdapter, proveEmail } from './adapter'
import { configuredWays, googlePerson, primaryVerified } from './providers'
import { createSession, findSession } from './session'
import { signInMail } from './sign-in-mail'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

const adapter = () => createAdapter(scenario.database.prisma, () => scenario.ctx)

async function signUp(email: string): Promise<AdapterUser> {
  const user = await adapter().createUser?.({ email, emailVerified: null, name: 'Ann' })
  if (!user) throw new Error('the adapter cannot create users')
  return user
}

test('signing up creates a credits account and stores the e-mail in lower case', async () => {
  const user = await signUp('Ann.Lee@Example.com')
  expect(user).toMatchObject({ email: 'ann.lee@example.com', emailVerified: scenario.clock.now() })
  expect((await getBalance(scenario.ctx, user.id)).available).toBe(credits(1_000))
})

test('a provider’s name is stored without hidden characters, or not at all if nothing is left', async () => {
  const named = async (name: string) =>
    (await adapter().createUser?.({ email: `${newKey()}@example.com`, emailVerified: null, name }))?.name
  expect(await named('Gra\u200bce \u202e')).toBe('Grace')
  expect(await named('\u3164')).toBeNull()
})

test('the same e-mail in different case is the same person', async () => {
  const user = await signUp('bob@example.com')
  expect(await adapter().getUserByEmail?.('BOB@Example.com')).toMatchObject({ id: user.id })
})

test('a provider account signs in its user, whatever fields the provider adds', async () => {
  const user = await signUp('cat@example.com')
  const account = {
    userId: user.id,
    type: 'oauth',
    provider: 'github',
    providerAccountId: '7',
    access_token: 't',
  }
  await adapter().linkAccount?.({ ...account, refresh_token_expires_in: 5 } as AdapterAccount)
  const found = await adapter().getUserByAccount?.({ provider: 'github', providerAccountId: '7' })
  expect(found?.id).toBe(user.id)
  const { rows } = await scenario.ctx.pool.query(
    'select access_token, refresh_token, id_token from oauth_accounts',
  )
  expect(rows).toEqual([{ access_token: null, refresh_token: null, id_token: null }])
})

test('next-auth’s sessions are the ones that the pages and the API read, and they end for good', async () => {
  const user = await signUp('dan@example.com')
  const sessionToken = newKey()
  await adapter().createSession?.({ sessionToken, userId: user.id, expires: new Date(0) })
  const find = () =>
    findSession(scenario.database.pool, `next-auth.session-token=${sessionToken}`, scenario.clock.now())
  expect(await find()).toEqual({ userId: user.id })
  expect((await adapter().getSessionAndUser?.(sessionToken))?.user.id).toBe(user.id)
  await adapter().deleteSession?.(sessionToken)
  await adapter().deleteSession?.(sessionToken)
  expect(await find()).toBeNull()
})

test('every sign-in, by whatever method, deletes the person’s expired sessions', async () => {
  const user = await signUp('fay@example.com')
  const expire = () =>
    scenario.ctx.pool.query('update sessions set expires = $2 where user_id = $1', [
      user.id,
      scenario.clock.now(),
    ])
  const count = async () =>
    (await scenario.ctx.pool.query('select 1 from sessions where user_id = $1', [user.id])).rowCount
  await createSession(scenario.ctx, user.id)
  await createSession(scenario.ctx, user.id)
  expect(await count()).toBe(2)
  await expire()
  await createSession(scenario.ctx, user.id)
  expect(await count()).toBe(1)
  await expire()
  await adapter().createSession?.({ sessionToken: newKey(), userId: user.id, expires: new Date(0) })
  expect(await count()).toBe(1)
})

test('an e-mailed link works once', async () => {
  const link = { identifier: 'eve@example.com', token: newKey(), expires: new Date('2026-03-11T09:00:00Z') }
  await adapter().createVerificationToken?.(link)
  const { identifier, token } = link
  expect(await adapter().useVerificationToken?.({ identifier, token })).toMatchObject(link)
  expect(await adapter().useVerificationToken?.({ identifier, token })).toBeNull()
})

test('an e-mail is verified only by a sign-in with that same e-mail', async () => {
  const { ctx } = scenario
  const { id } = await createUser(ctx, { email: 'pia@example.com', name: null, externalId: 'pia' })
  const provedAt = async () => (await adapter().getUser?.(id))?.emailVerified ?? null
  await proveEmail(ctx, { userId: id, email: 'other@example.com' })
  expect(await provedAt()).toBeNull()
  await proveEmail(ctx, { userId: id, email: 'Pia@Example.com' })
  expect(await provedAt()).toEqual(ctx.clock.now())
})

test('an e-mail that its provider has not verified is ignored', () => {
  const primary = { email: 'ann@example.com', primary: true }
  const other = { email: 'other@example.com', primary: false, verified: true }
  expect(primaryVerified([other, { ...primary, verified: true }])).toBe('ann@example.com')
  expect(primaryVerified([other, { ...primary, verified: false }])).toBeUndefined()
  expect(googlePerson({ sub: '1', email: 'Ann@Example.com', email_verified: true }).email).toBe(
    'ann@example.com',
  )
  expect(googlePerson({ sub: '1', email: 'Ann@Example.com', email_verified: false }).email).toBeNull()
  expect(googlePerson({ sub: '1', email: 'Ann@Example.com' }).email).toBeNull()
})

test('only configured ways to sign in are offered', () => {
  const client = { id: 'i', secret: 's' }
  expect(configuredWays({ email: null, github: null, google: null })).toEqual([])
  expect(configuredWays({ email: { server: 's', from: 'f' }, github: client, google: null })).toEqual([
    'github',
    'email',
  ])
})

test('the sign-in e-mail names the host and contains the complete link', () => {
  const url = 'https://credits.example/api/auth/callback/email?token=t&email=a%40b.example'
  const mail = signInMail(url)
  expect(mail.subject).toContain('credits.example')
  expect(mail.text.split('\n')).toContain(url)
})
