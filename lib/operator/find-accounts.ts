import { z } from 'zod'
import { findInvoiceOwner, findStripeOwner, type StripeOwner } from '@/lib/billing/read/find-stripe-owner'
import type { Context } from '@/lib/context'
import { Unavailable } from '@/lib/errors'
import { ID_PREFIXES, type IdKind, parsePublicId, publicId } from '@/lib/ids'
import { requireStaff } from './require-staff'

/** The match of a query: an account, or an object in one. `subject` is null if the account itself matched. */
export type Hit = {
  accountId: string
  email: string
  name: string | null
  externalId: string | null
  /** A public id, or Stripe's id of a payment or checkout. */
  subject: string | null
  /** The kind of match. */
  as: string
}

export type FindResult = {
  hits: Hit[]
  /** True if there are more matches than listed. */
  isCut: boolean
  /** True if only Stripe could answer the query and it did not. */
  isStripeAway: boolean
}

const HITS_MAX = 25
const QUERY_LENGTH_MAX = 255
const NOTHING: FindResult = { hits: [], isCut: false, isStripeAway: false }

type Place = { accountId: string; subject: string | null; as: string }

/**
 * Finds accounts by what people quote: e-mail, name (from its beginning), user id, external id, id of a charge, hold, grant
 * or refund, an id of Stripe's, the number of an invoice, or the `reference` of a charge or hold. Every look-up walks an index. Throws `NotFound` for
 * all but staff.
 */
export async function findAccounts(ctx: Context, input: { query: string }): Promise<FindResult> {
  await requireStaff(ctx)
  const query = input.query.trim().slice(0, QUERY_LENGTH_MAX)
  // PostgreSQL stores no text with a NUL, so nothing can match one.
  if (query === '' || query.includes('\0')) return NOTHING
  const [ours, byId] = await Promise.all([
    findOurs(ctx, query),
    atStripe('id at Stripe', () => findStripeOwner(ctx, query)),
  ])
  const known = [...ours, ...byId.places]
  const byNumber =
    known.length === 0
      ? await atStripe('number of an invoice', () => findInvoiceOwner(ctx, query))
      : NOT_AT_STRIPE
  const places = [...known, ...byNumber.places]
  const hits = await withPeople(ctx, places.slice(0, HITS_MAX))
  return { hits, isCut: places.length > HITS_MAX, isStripeAway: byId.isAway || byNumber.isAway }
}

async function findOurs(ctx: Context, query: string): Promise<Place[]> {
  const found = await Promise.all([findById(ctx, query), findPeople(ctx, query), findReference(ctx, query)])
  return found.flat()
}

const OWNERS: Partial<Record<IdKind, { as: string; sql: string }>> = {
  user: { as: 'user id', sql: 'select id as account_id, null::uuid as charge_id from users where id = $1' },
  charge: { as: 'charge', sql: 'select account_id, id as charge_id from charges where id = $1' },
  hold: { as: 'hold', sql: 'select account_id, null::uuid as charge_id from holds where id = $1' },
  grant: { as: 'grant', sql: 'select account_id, null::uuid as charge_id from grants where id = $1' },
  refund: { as: 'refund', sql: 'select account_id, charge_id from refunds where id = $1' },
}

async function findById(ctx: Context, query: string): Promise<Place[]> {
  for (const kind of Object.keys(ID_PREFIXES) as IdKind[]) {
    const id = parsePublicId(kind, query)
    const owner = OWNERS[kind]
    if (id === null || !owner) continue
    const { rows } = await ctx.pool.query<{ account_id: string; charge_id: string | null }>({
      name: `operator-find-${kind}`,
      text: owner.sql,
      values: [id],
    })
    return rows.map((row) => ({
      accountId: row.account_id,
      // A refund is shown on its charge.
      subject: row.charge_id !== null ? publicId('charge', row.charge_id) : kind === 'user' ? null : query,
      as: owner.as,
    }))
  }
  return []
}

/** An e-mail and an external id identify one person; a name prefix may match many. */
async function findPeople(ctx: Context, query: string): Promise<Place[]> {
  const { rows } = await ctx.pool.query<{ id: string; found_as: string }>({
    name: 'operator-find-people',
    text: `
      with found as (
        (select id, 'e-mail' as found_as, 1 as rank from users where email = lower($1))
        union all (select id, 'external id', 2 from users where external_id = $1)
        union all (select id, 'name', 3 from users where lower(name) like $2 order by lower(name), id limit $3))
      select id, min(found_as) as found_as from found group by id order by min(rank), id limit $3`,
    values: [query, `${query.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`, HITS_MAX + 1],
  })
  return rows.map((row) => ({ accountId: row.id, subject: null, as: row.found_as }))
}

async function findReference(ctx: Context, query: string): Promise<Place[]> {
  const { rows } = await ctx.pool.query<{ account_id: string; id: string; kind: 'charge' | 'hold' }>({
    name: 'operator-find-reference',
    text: `
      (select account_id, id, 'charge' as kind from charges where reference = $1 order by at desc limit $2)
      union all
      (select account_id, id, 'hold' from holds where reference = $1 and status <> 'captured' order by id desc limit $2)`,
    values: [query, HITS_MAX + 1],
  })
  return rows.map((row) => ({
    accountId: row.account_id,
    subject: publicId(row.kind, row.id),
    as: `reference of a ${row.kind}`,
  }))
}

type AtStripe = { places: Place[]; isAway: boolean }
const NOT_AT_STRIPE: AtStripe = { places: [], isAway: false }

async function atStripe(as: string, find: () => Promise<StripeOwner | null>): Promise<AtStripe> {
  try {
    const owner = await find()
    if (owner === null) return NOT_AT_STRIPE
    const subject = owner.payment ?? owner.session
    return { places: [{ accountId: owner.accountId, subject, as }], isAway: false }
  } catch (error) {
    if (error instanceof Unavailable) return { places: [], isAway: true }
    throw error
  }
}

const personRow = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string().nullable(),
  external_id: z.string().nullable(),
})

async function withPeople(ctx: Context, places: Place[]): Promise<Hit[]> {
  if (places.length === 0) return []
  const { rows } = await ctx.pool.query({
    name: 'operator-people',
    text: 'select id, email, name, external_id from users where id = any($1::uuid[])',
    values: [places.map(({ accountId }) => accountId)],
  })
  const people = new Map(rows.map((row) => personRow.parse(row)).map((person) => [person.id, person]))
  return places.flatMap((place) => {
    const person = people.get(place.accountId)
    if (!person) return []
    const { email, name, external_id: externalId } = person
    return [{ ...place, email, name, externalId }]
  })
}
