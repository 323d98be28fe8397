import type { QueryConfig } from 'pg'
import { z } from 'zod'
import { findInvoiceOwner, findStripeOwner, type StripeOwner } from '@/lib/billing/read/find-stripe-owner'
import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { Unavailable } from '@/lib/errors'
import { ID_PREFIXES, type IdKind, publicId, publicIdRange } from '@/lib/ids'
import { shownName } from '@/lib/names'
import { requireStaff } from './require-staff'

/** A match for a query: an account, or an object in one. `subject` is null if the account itself matched. */
export type Hit = {
  accountId: string
  email: string
  name: string | null
  externalId: string | null
  /** A public id, or the Stripe id of a payment or checkout. */
  subject: string | null
  /** The part that the query matched, such as a reference. */
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
 * Finds accounts by what people quote: any part of an e-mail, a name or an external id; the id of a user, charge, hold,
 * grant or refund, or its beginning; a Stripe id, an invoice number, or the `reference` of a charge or hold. Every look-up
 * uses an index. Throws `NotFound` unless the caller is staff.
 */
export async function findAccounts(ctx: Context, input: { query: string }): Promise<FindResult> {
  await requireStaff(ctx)
  const query = input.query.trim().slice(0, QUERY_LENGTH_MAX)
  // PostgreSQL stores no text with a NUL, so nothing can match one.
  if (query === '' || query.includes('\0')) return NOTHING
  const [ours, byId] = await Promise.all([
    findOurs(ctx, query),
    atStripe('Stripe id', () => findStripeOwner(ctx, query)),
  ])
  const known = [...ours, ...byId.places]
  const byNumber =
    known.length === 0 ? await atStripe('invoice number', () => findInvoiceOwner(ctx, query)) : NOT_AT_STRIPE
  const places = [...known, ...byNumber.places]
  const hits = await withPeople(ctx, places.slice(0, HITS_MAX))
  return { hits, isCut: places.length > HITS_MAX, isStripeAway: byId.isAway || byNumber.isAway }
}

async function findOurs(ctx: Context, query: string): Promise<Place[]> {
  const found = await Promise.all([findById(ctx, query), findPeople(ctx, query), findReference(ctx, query)])
  return found.flat()
}

/** The account that an id belongs to and, for a refund, its charge. */
const OWNERS: Partial<Record<IdKind, { as: string; columns: string; table: string }>> = {
  user: { as: 'user id', columns: 'id as account_id, null::uuid as charge_id', table: 'users' },
  charge: { as: 'charge', columns: 'account_id, id as charge_id', table: 'charges' },
  hold: { as: 'hold', columns: 'account_id, null::uuid as charge_id', table: 'holds' },
  grant: { as: 'grant', columns: 'account_id, null::uuid as charge_id', table: 'grants' },
  refund: { as: 'refund', columns: 'account_id, charge_id', table: 'refunds' },
}

type OwnerRow = { id: string; account_id: string; charge_id: string | null }

async function findById(ctx: Context, query: string): Promise<Place[]> {
  for (const kind of Object.keys(ID_PREFIXES) as IdKind[]) {
    const range = publicIdRange(kind, query)
    const owner = OWNERS[kind]
    if (range === null || !owner) continue
    const { rows } = await ctx.pool.query<OwnerRow>({
      name: `operator-find-${kind}`,
      text: `select id, ${owner.columns} from ${owner.table} where id between $1 and $2 order by id desc limit $3`,
      values: [range.first, range.last, HITS_MAX + 1],
    })
    return rows.map((row) => ({
      accountId: row.account_id,
      // A refund appears on its charge.
      subject:
        row.charge_id !== null
          ? publicId('charge', row.charge_id)
          : kind === 'user'
            ? null
            : publicId(kind, row.id),
      as: owner.as,
    }))
  }
  return []
}

/** The minimum length of a part that the index `people_text` can find; shorter parts match the beginning of a name. */
const PART_LENGTH_MIN = 3

/**
 * A full e-mail or external id matches one person. Otherwise, people whose name begins with the query come first, then
 * those who have it anywhere in their e-mail, name or external id. Ignores case.
 */
async function findPeople(ctx: Context, query: string): Promise<Place[]> {
  const exact = await placesOf(ctx, {
    name: 'operator-find-person',
    text: `
      select id, case when email = lower($1) then 'e-mail' else 'external id' end as found_as from users
      where email = lower($1) or external_id = $1`,
    values: [query],
  })
  if (exact.length > 0) return exact
  const byName = `
    select id, 'name' as found_as, 1 as rank from users
    where fold_text(name) like fold_text($1) order by fold_text(name) using ~<~, id limit $2`
  const beginning = `${query.replace(/[\\%_]/g, '\\$&')}%`
  if ([...query].length < PART_LENGTH_MIN)
    return placesOf(ctx, { text: byName, values: [beginning, HITS_MAX + 1] })
  return placesOf(ctx, {
    text: `
      with parts as (
        select id, case
            when position(fold_text($3) in fold_text(name)) > 0 then 'part of the name'
            when position(fold_text($3) in fold_text(email)) > 0 then 'part of the e-mail'
            else 'part of the external id'
          end as found_as, 2 as rank
        from users
        where text_grams(people_text(email, name, external_id)) @> text_grams(fold_text($3))
          and position(fold_text($3) in people_text(email, name, external_id)) > 0
        limit $2),
      found as ((${byName}) union all (select * from parts))
      select id, (array_agg(found_as order by rank))[1] as found_as from found
      group by id order by min(rank), id desc limit $2`,
    values: [beginning, HITS_MAX + 1, query],
  })
}

/** An unnamed statement is planned for its own text, because the best plan depends on how common the text is. */
async function placesOf(ctx: Context, query: QueryConfig): Promise<Place[]> {
  const { rows } = await ctx.pool.query<{ id: string; found_as: string }>(query)
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
  if (!getEnv().hasBilling) return NOT_AT_STRIPE
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
  name: z.string().nullable().transform(shownName),
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
