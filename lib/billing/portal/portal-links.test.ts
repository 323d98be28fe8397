import { afterAll, beforeAll, expect, test } from 'vitest'
import { findSession } from '@/lib/auth/session'
import { DAY_MS, MINUTE_MS, SECOND_MS } from '@/lib/clock'
import { getEnv } from '@/lib/env'
import { Forbidden, InvalidRequest, NotFound, Unauthenticated } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { createScenario, newAccount, type Scenario } from '@/lib/testing/scenario'
import { createUser } from '@/lib/users/create-user'
import { createPortalLink, usePortalLink as followPortalLink } from './portal-links'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

const tokenOf = (url: string) => new URL(url).pathname.replace('/portal/', '')
const follow = (token: string) => followPortalLink({ ...scenario.ctx, caller: { kind: 'nobody' } }, { token })

async function newLink(returnTo?: string) {
  const account = await newAccount(scenario)
  const link = await createPortalLink(scenario.ctx, { user: account.user, page: 'billing', returnTo })
  return { ...account, ...link, token: tokenOf(link.url) }
}

test('a portal link works once: it signs its user in and opens the page', async () => {
  const { accountId, token, expiresAt } = await newLink()
  expect(expiresAt).toEqual(new Date(scenario.clock.now().getTime() + 5 * MINUTE_MS))
  const { session, location } = await follow(token)
  expect(location).toBe('/settings/billing')
  const cookie = `next-auth.session-token=${session.token}`
  expect(await findSession(scenario.ctx.pool, cookie, scenario.clock.now())).toEqual({ userId: accountId })
  await expect(follow(token)).rejects.toBeInstanceOf(NotFound)
})

test('a portal link followed twice at the same time signs in once', async () => {
  const { accountId, token } = await newLink()
  const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => follow(token)))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const { rows } = await scenario.ctx.pool.query('select 1 from sessions where user_id = $1', [accountId])
  expect(rows).toHaveLength(1)
})

test('a portal link works for all of its five minutes', async () => {
  const [{ token: prompt }, { token: late }] = [await newLink(), await newLink()]
  scenario.clock.advance(5 * MINUTE_MS - SECOND_MS)
  await follow(prompt)
  scenario.clock.advance(SECOND_MS)
  await expect(follow(late)).rejects.toBeInstanceOf(NotFound)
})

test('a portal link can contain an allowed return URL', async () => {
  const { token } = await newLink('/pricing?plan=super')
  const { location } = await follow(token)
  expect(new URL(location, 'http://here').searchParams.get('returnTo')).toMatch(/\/pricing\?plan=super$/)
  await expect(newLink('https://elsewhere.example/')).rejects.toBeInstanceOf(InvalidRequest)
})

test('a portal link never signs in staff, so that no key can act as staff', async () => {
  const { ctx } = scenario
  const [email] = getEnv().operatorEmails
  if (email === undefined) throw new Error('nobody is staff')
  const { id } = await createUser(ctx, { email, name: 'Olga', externalId: null })
  const link = () => createPortalLink(ctx, { user: publicId('user', id), page: 'credits' })
  await expect(link()).rejects.toBeInstanceOf(Forbidden)
  await ctx.pool.query('update users set email = $2 where id = $1', [id, 'former@example.com'])
  const { url } = await link()
  await ctx.pool.query('update users set email = $2 where id = $1', [id, email])
  await expect(follow(tokenOf(url))).rejects.toBeInstanceOf(NotFound)
})

test('a portal link cannot be guessed and is stored only as a digest', async () => {
  const { token } = await newLink()
  expect(token).toMatch(/^[\w-]{43}$/)
  const { rows } = await scenario.ctx.pool.query<{ kept: string }>(
    'select portal_links::text as kept from portal_links',
  )
  expect(rows.filter(({ kept }) => kept.includes(token))).toEqual([])
  for (const wrong of ['', 'short', 'a'.repeat(43), `${token}a`, `${token.slice(0, -1)}!`, "' or 1 = 1 --"])
    await expect(follow(wrong)).rejects.toBeInstanceOf(NotFound)
  await follow(token)
})

test('only the operator’s server can make a portal link, and only for an existing user', async () => {
  const { accountId, user } = await newAccount(scenario)
  const as = (caller: Scenario['ctx']['caller']) =>
    createPortalLink({ ...scenario.ctx, caller }, { user, page: 'credits' })
  await expect(as({ kind: 'user', userId: accountId })).rejects.toBeInstanceOf(Forbidden)
  await expect(as({ kind: 'nobody' })).rejects.toBeInstanceOf(Unauthenticated)
  await expect(
    createPortalLink(scenario.ctx, { user: 'nobody-here', page: 'credits' }),
  ).rejects.toBeInstanceOf(NotFound)
})

test('a portal link is deleted a day after it expires', async () => {
  const { user } = await newLink()
  scenario.clock.advance(DAY_MS + 6 * MINUTE_MS)
  await createPortalLink(scenario.ctx, { user, page: 'usage' })
  const { rows } = await scenario.ctx.pool.query('select page from portal_links')
  expect(rows).toEqual([{ page: 'usage' }])
})
