import type { Context } from '@/lib/context'
import { logFailure } from '@/lib/http/log'

/** Reads an optional part of a page. If that fails, logs the error and returns null, so that the rest of the page works. */
export async function orNull<T>(ctx: Context, route: string, read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    logFailure(error, { requestId: ctx.requestId, route })
    return null
  }
}
