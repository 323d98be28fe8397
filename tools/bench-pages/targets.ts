import type { Pool } from 'pg'
import { createSession } from '@/lib/auth/session'
import type { Context } from '@/lib/context'
import { publicId } from '@/lib/ids'
import { micros } from '@/lib/instant'
import { encodeCursor } from '@/lib/usage/cursor'
import { appPages } from '../app-pages'
import { externalIdOf } from '../load/plan-load'

/** A measured account, signed in. */
export type Subject = {
  name: string
  id: string
  charges: number
  cookie: string
  app: string
  /** One of its apps, as named in URLs of the usage page. */
  usedApp: string
  middle: Date
  charge: string
}

/**
 * A measured request: a page as its link opens it, a page with filters, or an API call. `firstByte` stops after the first
 * chunk of the answer.
 */
export type Target = {
  kind: 'page' | 'address' | 'api'
  name: string
  path: (subject: Subject) => string
  firstByte?: boolean
}

type Row = {
  id: string
  charges: number
  app: string | null
  used_app: string | null
  at: Date | null
  charge: string | null
}

/** The account with the given number in a ledger written by `npm run seed:load`. Throws if it does not exist. */
export async function findSubject(ctx: Context, seed: number, number: number): Promise<Subject> {
  const name = externalIdOf(seed, number)
  const row = await findRow(ctx.pool, name)
  if (row?.at == null || row.app === null || row.used_app === null || row.charge === null)
    throw new RangeError(`${name} is not in this database: npm run seed:load -- --seed ${seed}`)
  const { token } = await createSession(ctx, row.id)
  return {
    name,
    id: row.id,
    charges: row.charges,
    cookie: `next-auth.session-token=${token}`,
    app: publicId('app', row.app),
    usedApp: row.used_app,
    middle: row.at,
    charge: publicId('charge', row.charge),
  }
}

async function findRow(pool: Pool, externalId: string): Promise<Row | undefined> {
  const { rows } = await pool.query<Row>(
    `select u.id, (select count(*) from charges where account_id = u.id) as charges,
       (select a.id from apps a where a.creator_id = u.id order by a.created_at limit 1) as app,
       (select a.slug from apps a join usage_days d on d.app_id = a.id where d.account_id = u.id order by a.id limit 1) as used_app,
       m.at, m.id as charge
     from users u left join lateral (
       select c.at, c.id from charges c where c.account_id = u.id
         and c.at >= (select u.created_at + (w.last_at - u.created_at) / 2 from wallets w where w.account_id = u.id)
       order by c.at limit 1) m on true
     where u.external_id = $1`,
    [externalId],
  )
  return rows[0]
}

const page = (name: string, path: Target['path']): Target => ({ kind: 'page', name, path })
const address = (name: string, path: Target['path']): Target => ({ kind: 'address', name, path })
const api = (path: string): Target => ({
  kind: 'api',
  name: `GET /api/v1${path}`,
  path: () => `/api/v1${path}`,
})

/** Other URLs of the settings pages. */
const VARIANTS: Target[] = [
  address(
    'usage, from the middle of the history',
    ({ middle }) => `/settings/usage?period=all&before=${encodeCursor(micros(middle))}`,
  ),
  address('usage, one operation in 30 days', () => '/settings/usage?period=30d&operation=web.extract'),
  address('usage, one app, ever', ({ usedApp }) => `/settings/usage?period=all&app=${usedApp}`),
  address('usage, by app, ever', () => '/settings/usage?period=all&view=app'),
  address('usage, compared with the days before', () => '/settings/usage?period=90d&view=before'),
  address('usage, a rare operation, ever', () => '/settings/usage?period=all&operation=image.advanced'),
  address('usage, a reference', () => '/settings/usage?period=all&q=order-160'),
  address('usage, a part of references', () => '/settings/usage?period=all&q=RDER-'),
  address('usage, a text without a match', () => '/settings/usage?period=all&q=zzz'),
  address('usage, with a receipt open', ({ charge }) => `/settings/usage?receipt=${charge}`),
]

const API: Target[] = [
  api('/balance'),
  api('/usage?limit=50'),
  api('/usage/summary'),
  { ...api('/usage/summary?to=2100-01-01T00:00:00Z'), name: 'GET /api/v1/usage/summary, of all time' },
  api('/statement'),
  api('/rewards'),
  { ...api('/rewards?from=2020-01-01T00:00:00Z'), name: 'GET /api/v1/rewards, of all time' },
  api('/apps'),
  api('/holds'),
  api('/runs?status=open'),
  { ...api('/usage/export.csv'), name: 'GET /api/v1/usage/export.csv, first byte', firstByte: true },
]

/** Pages that read Stripe: after a checkout, and before a change of plan. */
const WITH_STRIPE = ['/settings/billing/success', '/settings/billing/change']

/** Every settings page of the `app` folder, other URLs of these pages, and the reading API calls. */
export function targets(): Target[] {
  const own = appPages()
    .filter((route) => route.startsWith('/settings/') && !WITH_STRIPE.includes(route))
    .map((route) => page(route.slice('/settings/'.length), ({ app }) => route.replace('[app]', app)))
  return [...own, ...VARIANTS, ...API]
}
