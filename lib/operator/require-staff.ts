import { isStaff } from '@/lib/auth/staff'
import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'

/** A staff member, the author of an action. */
export type Staff = { userId: string; email: string }

/**
 * The calling staff member: a signed-in user whose e-mail is verified and listed in `OPERATOR_EMAILS`. Every verb in this
 * folder calls it first. Throws `NotFound` for anyone else, for whom the page does not exist.
 */
export async function requireStaff(ctx: Context): Promise<Staff> {
  if (ctx.caller.kind !== 'user') throw new NotFound('page')
  const { userId } = ctx.caller
  const { rows } = await ctx.pool.query<{ email: string; emailVerified: Date | null }>({
    name: 'require-staff',
    text: 'select email, email_verified as "emailVerified" from users where id = $1',
    values: [userId],
  })
  const [user] = rows
  if (!user || !isStaff(user)) throw new NotFound('page')
  return { userId, email: user.email }
}
