import { requireOperator } from '@/lib/authority'
import type { Context } from '@/lib/context'
import { openAccount } from '@/lib/credits/store/open-account'
import { inTransaction } from '@/lib/db/transaction'
import { DomainError, InvalidRequest } from '@/lib/errors'
import { newUuid } from '@/lib/ids'
import { problemWithName } from '@/lib/names'
import { getUser, type User } from './find-user'

type NewUser = {
  email: string
  name: string | null
  externalId: string | null
  image?: string | null
  emailVerified?: Date | null
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
    await openAccount(ctx, client, id)
  }).catch(emailTaken)
  return getUser(ctx, id)
}

type UpsertInput = { externalId: string; email: string; name: string | null }

/**
 * Creates the operator's user, or updates their e-mail and name. A person who already signed up here with the same e-mail
 * becomes that user. An e-mail of another external id is refused, and so is a name that could pass for another. For the
 * operator. A verified e-mail does not survive a change of e-mail or external id: otherwise the holder of a key could enter
 * an account under one e-mail and turn it into the account of a person trusted under another (SECURITY.md).
 */
export async function upsertUser(
  ctx: Context,
  input: UpsertInput,
): Promise<{ user: User; created: boolean }> {
  requireOperator(ctx)
  const problem = input.name === null ? null : problemWithName(input.name)
  if (problem !== null) throw InvalidRequest.at('name', problem)
  const updated = await updateUser(ctx, input)
  if (updated !== null) return { user: updated, created: false }
  try {
    return { user: await createUser(ctx, input), created: true }
  } catch (error) {
    // Another first call created the user at the same time.
    const made = error instanceof DomainError ? await updateUser(ctx, input) : null
    if (made !== null) return { user: made, created: false }
    throw error
  }
}

/** A change of e-mail ends every session and link opened under the old one. */
async function updateUser(ctx: Context, input: UpsertInput): Promise<User | null> {
  const { rows } = await ctx.pool
    .query<{ id: string }>({
      text: `
        with named as (
          select id, email from users
          where external_id = $1 or (external_id is null and email = $2
            and not exists (select 1 from users other where other.external_id = $1))
          for update),
        renamed as (select id from named where email <> $2),
        links as (delete from portal_links where user_id in (select id from renamed)),
        sessions as (delete from sessions where user_id in (select id from renamed)),
        sign_ins as (delete from oauth_accounts where user_id in (select id from renamed)),
        -- Stripe is told by the next sweep, or by the next purchase.
        untold as (update customers set details_due_at = $4 where account_id in (select id from named)
          and (told_email is distinct from $2 or told_name is distinct from coalesce($3, told_name)))
        update users set email = $2, name = coalesce($3, name), external_id = $1,
          email_verified = case when external_id = $1 and email = $2 then email_verified end
        where id in (select id from named)
        returning id`,
      values: [input.externalId, input.email.toLowerCase(), input.name, ctx.clock.now()],
    })
    .catch(emailTaken)
  const [row] = rows
  return row ? getUser(ctx, row.id) : null
}

function emailTaken(error: unknown): never {
  if (error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION) {
    throw InvalidRequest.at('email', 'belongs to another user')
  }
  throw error
}
