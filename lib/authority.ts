import type { Context } from './context'
import { Forbidden, NotFound, Unauthenticated } from './errors'

/**
 * Requires the operator's server (secret key) or the product itself. Throws `Forbidden`, or `Unauthenticated` if there is
 * no caller.
 */
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

/** Throws `NotFound` unless the caller may see and change the objects of `accountId`. */
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
