import type { Context } from '@/lib/context'
import { Forbidden, InvalidRequest, NotFound, Unauthenticated } from '@/lib/errors'
import { findAccountId } from '@/lib/users/find-user'

/** Only the operator's server (secret key) or the product itself. Throws `Forbidden`, or `Unauthenticated` for nobody. */
export function requireOperator(ctx: Context): void {
  switch (ctx.caller.kind) {
    case 'key':
    case 'system':
      return
    case 'nobody':
      throw new Unauthenticated()
    case 'user':
    case 'appToken':
      throw new Forbidden()
    default:
      ctx.caller satisfies never
  }
}

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

/** Refuses a caller who may not see what belongs to `accountId`, as if it were not there. */
export function requireSight(ctx: Context, accountId: string, what: string): void {
  switch (ctx.caller.kind) {
    case 'key':
    case 'system':
      return
    case 'user':
      if (ctx.caller.userId !== accountId) throw new NotFound(what)
      return
    case 'appToken':
      throw new Forbidden()
    case 'nobody':
      throw new Unauthenticated()
    default:
      ctx.caller satisfies never
  }
}
