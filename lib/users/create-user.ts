import type { ClientBase, Pool } from 'pg'
import { requireOperator } from '@/lib/authority'
import type { Context } from '@/lib/context'
import { openAccount } from '@/lib/credits/store/open-account'
import { checkPlan, setPlan } from '@/lib/credits/verbs/set-plan'
import { inTransaction } from '@/lib/db/transaction'
import { DomainError, InvalidRequest } from '@/lib/errors'
import { newUuid } from '@/lib/ids'
import { problemWithName } from '@/lib/names'
import { INTO_OUTBOX } from '@/lib/outbox'
import { getUser, type User } from './find-user'

type NewUser = {
  email: string
  name: string | null
  externalId: string | null
  image?: string | null
  emailVerified?: Date | null
  /** The plan that the platform set; null or missing for Free. */
  plan?: string | null
}

const UNIQUE_VIOLATION = '23505'

/**
 * Creates a user with a credits account, for the operator and the product's own sign-in. E-mails are stored in lower case.
 * Throws `InvalidRequest` if the e-mail belongs to another user.
 */
export async function createUser(ctx: Context, input: NewUser): Promise<User> {
  requireOperator(ctx)
  const id = newUuid()
  await inTransaction(ctx.pool, async (client) => {
    await client.query({
      text: `insert into users (id, external_id, email, name, image, email_verified, created_at) values ($1, $2, $3, $4, $5, $6, $7)`,
      values: [
        id,
        input.externalId,
        input.email.toLowerCase(),
        input.name,
        input.image ?? null,
        input.emailVerified ?? null,
        ctx.clock.now(),
      ],
    })
    await openAccount(ctx, client, { accountId: id, platformPlan: input.plan ?? null })
  }).catch(emailTaken)
  return getUser(ctx, id)
}

type UpsertInput = { externalId: string; email: string; name: string | null; plan?: string | null }

/**
 * Creates the operator's user, or updates their e-mail, name and plan (null keeps it). A person who already signed up
 * here with the same e-mail becomes that user. An e-mail that belongs to another external id is refused, and so is a
 * name that could pass for another. For the operator. A verified e-mail does not survive a change of e-mail or external
 * id: otherwise the holder of a key could enter an account under one e-mail and turn it into the account of a person
 * trusted under another (SECURITY.md).
 */
export async function upsertUser(
  ctx: Context,
  input: UpsertInput,
): Promise<{ user: User; created: boolean }> {
  requireOperator(ctx)
  const problem = input.name === null ? null : problemWithName(input.name)
  if (problem !== null) throw InvalidRequest.at('name', problem)
  if (input.plan != null) checkPlan(ctx, input.plan)
  const updated = await updateUser(ctx, input)
  if (updated !== null) return { user: updated, created: false }
  try {
    return { user: await createUser(ctx, input), created: true }
  } catch (error) {
    // A concurrent first call has created the user.
    const made = error instanceof DomainError ? await updateUser(ctx, input) : null
    if (made !== null) return { user: made, created: false }
    throw error
  }
}

/** The person that an external id or, if nobody has it yet, an e-mail names. `$1` and `$2`. */
const NAMED = `external_id = $1 or (external_id is null and email = $2
  and not exists (select 1 from users other where other.external_id = $1))`

/** Updates a user and their plan together; null if there is no such user. */
async function updateUser(ctx: Context, input: UpsertInput): Promise<User | null> {
  const { plan = null } = input
  if (plan === null) return findUpdated(ctx, await updateDetails(ctx, ctx.pool, input))
  const { rows } = await ctx.pool.query<{ id: string }>({
    text: `select id from users where ${NAMED}`,
    values: [input.externalId, input.email.toLowerCase()],
  })
  const accountId = rows[0]?.id
  if (accountId === undefined) return null
  const alongside = async (client: ClientBase) => void (await updateDetails(ctx, client, input))
  await setPlan(ctx, { accountId, plan, alongside })
  return getUser(ctx, accountId)
}

async function findUpdated(ctx: Context, id: string | null): Promise<User | null> {
  return id === null ? null : getUser(ctx, id)
}

/**
 * A change of e-mail ends every session and link opened under the old one. Returns the id of the user; null if there is
 * none.
 */
async function updateDetails(
  ctx: Context,
  db: Pool | ClientBase,
  input: UpsertInput,
): Promise<string | null> {
  const { rows } = await db
    .query<{ id: string }>({
      text: `
        with named as (
          select id, email, name, external_id from users where ${NAMED} for update),
        renamed as (select id from named where email <> $2),
        links as (delete from portal_links where user_id in (select id from renamed)),
        sessions as (delete from sessions where user_id in (select id from renamed)),
        sign_ins as (delete from oauth_accounts where user_id in (select id from renamed)),
        -- Stripe is told by the next sweep, or by the next purchase.
        untold as (update customers set details_due_at = $4 where account_id in (select id from named)
          and (told_email is distinct from $2 or told_name is distinct from coalesce($3, told_name))),
        changed as (
          update users set email = $2, name = coalesce($3, name), external_id = $1,
            email_verified = case when external_id = $1 and email = $2 then email_verified end
          where id in (select id from named)
          returning id, email, name, external_id),
        compared as (
          select c.id, array_remove(array[
            case when c.email <> n.email then 'email' end,
            case when c.name is distinct from n.name then 'name' end,
            case when c.external_id is distinct from n.external_id then 'externalId' end], null) as fields
          from changed c join named n on n.id = c.id),
        told as (
          ${INTO_OUTBOX}
          select id, $5::uuid, 'user.updated', jsonb_build_object('fields', fields), $4::timestamptz from compared where fields <> '{}')
        select id from changed`,
      values: [input.externalId, input.email.toLowerCase(), input.name, ctx.clock.now(), newUuid()],
    })
    .catch(emailTaken)
  return rows[0]?.id ?? null
}

function emailTaken(error: unknown): never {
  if (error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION) {
    throw InvalidRequest.at('email', 'belongs to another user')
  }
  throw error
}
