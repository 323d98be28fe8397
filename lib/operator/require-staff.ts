import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { NotFound } from '@/lib/errors'

/** A member of the operator's staff, the author of an action. */
export type Staff = { userId: string; email: string }

/**
 * The calling member of the staff: a signed-in user whose e-mail is verified and listed in `OPERATOR_EMAILS`. Every verb of
 * this folder calls it first. Throws `NotFound` for everyone else: for them the page does not exist.
 */
export async function requireStaff(ctx: Context): Promise<Staff> {
  const { operatorEmails } = getEnv()
  if (ctx.caller.kind !== 'user' || operatorEmails.length === 0) throw new NotFound('page')
  const { rows } = await ctx.pool.query<Staff>({
    name: 'require-staff',
    text: `
      select id as "userId", email from users
      where id = $1 and email_verified is not null and email = any($2::text[])`,
    values: [ctx.caller.userId, operatorEmails],
  })
  const [staff] = rows
  if (!staff) throw new NotFound('page')
  return staff
}
