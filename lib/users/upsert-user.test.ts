import { afterAll, beforeAll, expect, test } from 'vitest'
import { findSession } from '@/lib/auth/session'
import { createPortalLink, usePortalLink as followPortalLink } from '@/lib/billing/portal/portal-links'
import { NotFound } from '@/lib/errors'
import { requireStaff } from '@/lib/operator/require-staff'
import { signInStaff } from '@/lib/operator/staff.test-support'
import { createScenario, newKey, type Scenario } from '@/lib/testing/scenario'
import { createUser, upsertUser } from './create-user'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

async function rowsOf(table: 'sessions' | 'oauth_accounts' | 'portal_links', userId: string) {
  const { rowCount } = await scenario.ctx.pool.query(`select 1 from ${table} where user_id = $1`, [userId])
  return rowCount
}

test('an operator who registers an existing person takes over the account, but its e-mail is no longer verified', async () => {
  const { ctx } = scenario
  const staff = await signInStaff(scenario)
  const { userId, email } = await requireStaff(staff)
  const { user, created } = await upsertUser(ctx, { externalId: 'adopted', email, name: null })
  expect({ id: user.id, created }).toEqual({ id: userId, created: false })
  await expect(requireStaff(staff)).rejects.toBeInstanceOf(NotFound)
  await ctx.pool.query('update users set email_verified = $2 where id = $1', [userId, ctx.clock.now()])
  await upsertUser(ctx, { externalId: 'adopted', email, name: 'Olga' })
  expect(await requireStaff(staff)).toMatchObject({ userId })
})

test('sessions and links opened under an e-mail end when it changes', async () => {
  const { ctx } = scenario
  const { id } = await createUser(ctx, { email: 'eve@example.com', name: null, externalId: 'eve' })
  const link = () => createPortalLink(ctx, { user: 'eve', page: 'credits' })
  const token = new URL((await link()).url).pathname.replace('/portal/', '')
  const { session } = await followPortalLink({ ...ctx, caller: { kind: 'nobody' } }, { token })
  await link()
  await ctx.pool.query(
    `insert into oauth_accounts (user_id, type, provider, provider_account_id) values ($1, 'oauth', 'github', $2)`,
    [id, newKey()],
  )
  await upsertUser(ctx, { externalId: 'eve', email: 'EVE@example.com', name: 'Eve' })
  expect(await rowsOf('sessions', id)).toBe(1)
  await upsertUser(ctx, { externalId: 'eve', email: 'trusted@example.com', name: 'Eve' })
  const cookie = `next-auth.session-token=${session.token}`
  expect(await findSession(ctx.pool, cookie, ctx.clock.now())).toBeNull()
  for (const table of ['sessions', 'oauth_accounts', 'portal_links'] as const)
    expect(await rowsOf(table, id), table).toBe(0)
})
