import { z } from 'zod'
import { requireOperator } from '@/lib/authority'
import { HOUR_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { EVENT_TYPES } from '@/lib/contract/events'
import { inTransaction } from '@/lib/db/transaction'
import { InvalidRequest, NotFound } from '@/lib/errors'
import type { EventType } from '@/lib/event-types'
import { newUuid, publicId } from '@/lib/ids'
import { tell } from '@/lib/outbox'
import { checkAddress, currentNetwork, type Network, RefusedAddress } from './addresses'
import { newSigningSecret } from './sign'

/** The most endpoints at one time. Each endpoint adds a delivery for every event it receives. */
export const ENDPOINTS_MAX = 20
/** How long deliveries are also signed with the previous secret after a rotation. */
export const OVERLAP_MS = 24 * HOUR_MS
export const ADDRESS_LENGTH_MAX = 2_000

/**
 * A destination of events. `types` is null for every type; `off` is null while it is on. Secrets are stored separately.
 */
export type Endpoint = {
  id: string
  url: string
  types: EventType[] | null
  off: { at: Date; reason: 'staff' | 'failing' } | null
  failingSince: Date | null
  oldSecretUntil: Date | null
  createdAt: Date
}

const endpointRow = z
  .object({
    id: z.string(),
    url: z.string(),
    types: z.array(z.enum(EVENT_TYPES)).nullable(),
    off_at: z.date().nullable(),
    off_reason: z.enum(['staff', 'failing']).nullable(),
    failing_since: z.date().nullable(),
    old_secret_until: z.date().nullable(),
    created_at: z.date(),
  })
  .transform(
    ({ off_at: at, off_reason: reason, ...row }): Endpoint => ({
      id: row.id,
      url: row.url,
      types: row.types,
      off: at === null || reason === null ? null : { at, reason },
      failingSince: row.failing_since,
      oldSecretUntil: row.old_secret_until,
      createdAt: row.created_at,
    }),
  )

const COLUMNS = 'id, url, types, off_at, off_reason, failing_since, old_secret_until, created_at'

/** All endpoints, oldest first. For operators, like every function here. */
export async function listEndpoints(ctx: Context): Promise<Endpoint[]> {
  requireOperator(ctx)
  const { rows } = await ctx.pool.query(`select ${COLUMNS} from webhook_endpoints order by created_at, id`)
  return rows.map((row) => endpointRow.parse(row))
}

/** Throws `NotFound`. */
export async function getEndpoint(ctx: Context, id: string): Promise<Endpoint> {
  requireOperator(ctx)
  const { rows } = await ctx.pool.query(`select ${COLUMNS} from webhook_endpoints where id = $1`, [id])
  return only(rows)
}

function only(rows: unknown[]): Endpoint {
  if (rows.length === 0) throw new NotFound('endpoint')
  return endpointRow.parse(rows[0])
}

/** The current signing secret. Throws `NotFound`. */
export async function getSecret(ctx: Context, id: string): Promise<string> {
  requireOperator(ctx)
  const { rows } = await ctx.pool.query<{ secret: string }>(
    'select secret from webhook_endpoints where id = $1',
    [id],
  )
  if (!rows[0]) throw new NotFound('endpoint')
  return rows[0].secret
}

/** `id`: chosen by a caller that may send the request twice; the second one changes nothing. */
type NewEndpoint = { url: string; types: EventType[] | null; id?: string }

/** Adds an endpoint, which receives events from now on. Throws `InvalidRequest` for an address that may not be called. */
export async function createEndpoint(
  ctx: Context,
  { url, types, id = newUuid() }: NewEndpoint,
  network: Network = currentNetwork(),
): Promise<{ endpoint: Endpoint; secret: string }> {
  requireOperator(ctx)
  const address = await checked(url, network)
  const secret = newSigningSecret()
  const endpoint = await inTransaction(ctx.pool, async (client) => {
    await client.query('lock table webhook_endpoints in share row exclusive mode')
    const { rows: counted } = await client.query<{ count: number }>('select count(*) from webhook_endpoints')
    if ((counted[0]?.count ?? 0) >= ENDPOINTS_MAX)
      throw InvalidRequest.at('url', `There are ${ENDPOINTS_MAX} endpoints. Delete one first.`)
    const { rows } = await client.query(
      `insert into webhook_endpoints (id, url, types, secret, created_at) values ($1, $2, $3, $4, $5)
       on conflict (id) do update set id = excluded.id returning ${COLUMNS}`,
      [id, address, types, secret, ctx.clock.now()],
    )
    return only(rows)
  })
  return { endpoint, secret }
}

type EndpointChange = {
  id: string
  url?: string | undefined
  types?: EventType[] | null | undefined
  isOn?: boolean | undefined
}

/**
 * Changes the given fields. An endpoint that is switched on again continues with the waiting events. Throws like
 * `createEndpoint`.
 */
export async function updateEndpoint(
  ctx: Context,
  { id, url, types, isOn }: EndpointChange,
  network: Network = currentNetwork(),
): Promise<Endpoint> {
  requireOperator(ctx)
  const address = url === undefined ? null : await checked(url, network)
  const { rows } = await ctx.pool.query(
    `update webhook_endpoints set
       url = coalesce($2, url), types = case when $3::boolean then $4::text[] else types end,
       off_at = case when $5::boolean then null when not $5 then coalesce(off_at, $6) else off_at end,
       off_reason = case when $5 then null when not $5 then coalesce(off_reason, 'staff') else off_reason end,
       failing_since = case when $5 then null else failing_since end
     where id = $1 returning ${COLUMNS}`,
    [id, address, types !== undefined, types ?? null, isOn ?? null, ctx.clock.now()],
  )
  return only(rows)
}

/** Deletes an endpoint with its log. Throws `NotFound`. */
export async function deleteEndpoint(ctx: Context, id: string): Promise<void> {
  requireOperator(ctx)
  const { rowCount } = await ctx.pool.query('delete from webhook_endpoints where id = $1', [id])
  if (rowCount === 0) throw new NotFound('endpoint')
}

/** Gives an endpoint a new secret. For a day, deliveries are signed with both. Throws `NotFound`. */
export async function rotateSecret(
  ctx: Context,
  id: string,
): Promise<{ endpoint: Endpoint; secret: string }> {
  requireOperator(ctx)
  const secret = newSigningSecret()
  const { rows } = await ctx.pool.query(
    `update webhook_endpoints set old_secret = secret, old_secret_until = $2, secret = $3 where id = $1 returning ${COLUMNS}`,
    [id, new Date(ctx.clock.now().getTime() + OVERLAP_MS), secret],
  )
  return { endpoint: only(rows), secret }
}

/**
 * Records a test event, which only this endpoint receives. Throws `NotFound`, and `InvalidRequest` for an endpoint that
 * is off.
 */
export async function testEndpoint(ctx: Context, id: string): Promise<void> {
  requireOn(await getEndpoint(ctx, id))
  const data = { endpoint: publicId('endpoint', id) }
  const at = ctx.clock.now().toISOString()
  await tell(ctx.pool, [{ type: 'webhook.test', data, accountId: null, at }])
}

export function requireOn({ off }: Endpoint): void {
  if (off !== null) throw InvalidRequest.at('id', 'The endpoint is off. Switch it on first.')
}

async function checked(url: string, network: Network): Promise<string> {
  try {
    return (await checkAddress(url, network)).href
  } catch (error) {
    if (error instanceof RefusedAddress) throw InvalidRequest.at('url', error.reason)
    throw error
  }
}
