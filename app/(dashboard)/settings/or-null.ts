import type { Context } from '@/lib/context'
import { logFailure } from '@/lib/http/log'

/** A part of a page that may be missing: what it reads, or null, logged, so that the rest of the page stands. */
export async function orNull<T>(ctx: Context, route: string, read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    logFailure(error, { requestId: ctx.requestId, route })
    return null
  }
}
