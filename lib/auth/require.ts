import type { Context } from '@/lib/context'
import { Forbidden, InvalidRequest, NotFound, Unauthenticated } from '@/lib/errors'
import { findAccountId } from '@/lib/users/find-user'

export { requireOperator, requireSight } from '@/lib/authority'

/**
 * The account a call is about: the one named by `user` for a secret key, one's own for a signed-in user, who may name
 * nobody else. Throws `InvalidRequest` when a key names nobody, `NotFound` for an unknown user or somebody else's.
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
