import { hash, randomBytes } from 'node:crypto'
import { requireOperator } from '@/lib/auth/require'
import { createSession, type NewSession } from '@/lib/auth/session'
import { checkReturnTo } from '@/lib/billing/checkout/check-return-to'
import type { PortalPage } from '@/lib/billing/types'
import { DAY_MS, MINUTE_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { Forbidden, InvalidRequest, NotFound } from '@/lib/errors'
import { shownName } from '@/lib/names'
import { findAccountId, getUser } from '@/lib/users/find-user'

/** docs/api.md, "Account": portal links are valid for 5 minutes. */
const VALID_MS = 5 * MINUTE_MS
/** Used and expired links are kept for a day, to help find out why a link did not work. */
const KEPT_MS = DAY_MS
/** 256 bits cannot be guessed, so the token alone is proof. */
const TOKEN_BYTES = 32
const TOKEN = /^[\w-]{43}$/

/** Selects an unused, unexpired link `l` of a user `u` who is not staff. Its values are `openValues`. */
const IS_OPEN = 'l.hash = $1 and l.used_at is null and l.expires_at > $2 and u.email <> all($3::text[])'

function openValues(ctx: Context, token: string): unknown[] {
  return [hashOf(token), ctx.clock.now(), getEnv().operatorEmails]
}

type PortalLinkInput = { user: string; page: PortalPage; returnTo?: string | undefined }

/**
 * Creates a link that signs a user in to a settings page, once, within five minutes. For the operator's server. Throws
 * `NotFound`, `InvalidRequest` for a `returnTo` that is not allowed or a page that does not exist, and `Forbidden` for
 * staff, so that no key can act as staff.
 */
export async function createPortalLink(
  ctx: Context,
  input: PortalLinkInput,
): Promise<{ url: string; expiresAt: Date }> {
  requireOperator(ctx)
  if (input.page === 'billing' && !getEnv().hasBilling)
    throw InvalidRequest.at('page', 'does not exist: nothing is sold here')
  const { id, email } = await getUser(ctx, await findAccountId(ctx, input.user))
  if (isStaffEmail(email)) throw new Forbidden('Staff cannot sign in with a link.')
  const returnTo = input.returnTo === undefined ? null : await checkReturnTo(ctx, input.returnTo)
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  const now = ctx.clock.now()
  const expiresAt = new Date(now.getTime() + VALID_MS)
  await ctx.pool.query({
    name: 'add-portal-link',
    text: `
      with gone as (delete from portal_links where expires_at < $7)
      insert into portal_links (hash, user_id, page, return_to, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)`,
    values: [hashOf(token), id, input.page, returnTo, now, expiresAt, new Date(now.getTime() - KEPT_MS)],
  })
  return { url: `${getEnv().appUrl}/portal/${token}`, expiresAt }
}

/** The name of the person that a link would sign in; null for a used, expired or unknown link. Changes nothing. */
export async function findPortalLink(
  ctx: Context,
  input: { token: string },
): Promise<{ name: string } | null> {
  if (!TOKEN.test(input.token)) return null
  const { rows } = await ctx.pool.query<{ name: string | null; email: string }>({
    name: 'find-portal-link',
    text: `select u.name, u.email from portal_links l join users u on u.id = l.user_id where ${IS_OPEN}`,
    values: openValues(ctx, input.token),
  })
  const [user] = rows
  return user ? { name: shownName(user.name) ?? user.email } : null
}

/**
 * Signs in the holder of a link and returns the path to open. A link works once. Throws `NotFound` for a used, expired or
 * unknown link.
 */
export async function usePortalLink(
  ctx: Context,
  input: { token: string },
): Promise<{ session: NewSession; location: string }> {
  if (!TOKEN.test(input.token)) throw new NotFound('link')
  const { rows } = await ctx.pool.query<{ user_id: string; page: string; return_to: string | null }>({
    name: 'use-portal-link',
    text: `
      update portal_links l set used_at = $2 from users u where u.id = l.user_id and ${IS_OPEN}
      returning l.user_id, l.page, l.return_to`,
    values: openValues(ctx, input.token),
  })
  const [link] = rows
  if (!link) throw new NotFound('link')
  const session = await createSession(ctx, link.user_id)
  const query = link.return_to === null ? '' : `?returnTo=${encodeURIComponent(link.return_to)}`
  return { session, location: `/settings/${link.page}${query}` }
}

function isStaffEmail(email: string): boolean {
  return getEnv().operatorEmails.includes(email)
}

function hashOf(token: string): string {
  return hash('sha256', token)
}
