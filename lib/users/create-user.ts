import type { Context } from '@/lib/context'
import { openAccount } from '@/lib/credits/open-account'
import { inTransaction } from '@/lib/db/transaction'
import { DomainError, InvalidRequest } from '@/lib/errors'
import { newUuid } from '@/lib/ids'
import { getUser, type User } from './find-user'

type NewUser = {
  email: string
  name: string | null
  externalId: string | null
  image?: string | null
  emailVerified?: Date | null
}

const UNIQUE_VIOLATION = '23505'

/** Signs a person up: the user and their credits account together. E-mails are kept in lower case. Throws `InvalidRequest` when the e-mail belongs to another user. */
export async function createUser(ctx: Context, input: NewUser): Promise<User> {
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
 * Makes the operator's user known, or brings e-mail and name up to date. A person who signed up here with the same e-mail
 * before the operator named them becomes that user; an e-mail that belongs to another external id is refused.
 */
export async function upsertUser(
  ctx: Context,
  input: UpsertInput,
): Promise<{ user: User; created: boolean }> {
  const updated = await updateUser(ctx, input)
  if (updated !== null) return { user: updated, created: false }
  try {
    return { user: await createUser(ctx, input), created: true }
  } catch (error) {
    // Two first calls at once: the other one made it.
    const made = error instanceof DomainError ? await updateUser(ctx, input) : null
    if (made !== null) return { user: made, created: false }
    throw error
  }
}

async function updateUser(ctx: Context, input: UpsertInput): Promise<User | null> {
  const { rows } = await ctx.pool
    .query<{ id: string }>({
      text: `
        update users set email = $2, name = coalesce($3, name), external_id = $1,
          email_verified = case when email = $2 then email_verified end
        where external_id = $1 or (external_id is null and email = $2
          and not exists (select 1 from users other where other.external_id = $1))
        returning id`,
      values: [input.externalId, input.email.toLowerCase(), input.name],
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
