import type { Context } from '@/lib/context'
import { Forbidden, InvalidRequest, NotFound, Unauthenticated } from '@/lib/errors'
import { findAccountId } from '@/lib/users/find-user'

export { requireOperator, requireSight } from '@/lib/authority'

/**
 * The account that a call concerns: with a secret key, the account of `user`; for a signed-in user, their own. Throws
 * `InvalidRequest` if a key is used without `user`, and `NotFound` for an unknown user or, for a signed-in user, another
 * one.
 */
export async function accountOf(ctx: Context, user: string | undefined): Promise<string> {
  switch (ctx.caller.kind) {
    case 'key':
    case 'system':
      if (user === undefined) throw InvalidRequest.at('user', 'is required')
      return findAccountId(ctx, user)
    case 'user':
      if (user !== undefined && (await findAccountId(ctx, user)) !== ctx.caller.userId)
        throw new NotFound('user')
      return ctx.caller.userId
    case 'appToken':
      throw new Forbidden()
    case 'nobody':
      throw new Unauthenticated()
    default:
      return ctx.caller satisfies never
  }
}
