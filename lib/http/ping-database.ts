import { SECOND_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { Unavailable } from '@/lib/errors'

/** A probe that waits longer than this counts as a failure at most load balancers. */
const PING_TIMEOUT_MS = 2 * SECOND_MS

/** Returns when the database answers. Throws `Unavailable`, or what the database said, when it does not in time. */
export async function pingDatabase(ctx: Context): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    const error = new Unavailable('The database does not answer.')
    timer = setTimeout(() => reject(error), PING_TIMEOUT_MS)
  })
  try {
    await Promise.race([ctx.pool.query('select 1'), late])
  } finally {
    clearTimeout(timer)
  }
}
