import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { cache } from 'react'
import { systemClock } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { currentClock, syncClock } from '@/lib/current-clock'
import { getPool } from '@/lib/db/pool'
import { newUuid } from '@/lib/ids'
import { shownName } from '@/lib/names'
import { findSession } from './session'
import { isStaff } from './staff'

/** The person looking at a page. */
export type Viewer = { userId: string; email: string; name: string | null; isStaff: boolean }

type ViewerRow = { email: string; name: string | null; emailVerified: Date | null }

/** Longer ones are not ours and would only fill the log. */
const REQUEST_ID = /^[\w.:-]{1,100}$/

/** One id for everything a request's components ask for. Outside of a page's rendering each call gets its own. */
const requestScope = cache((): { requestId: string } => ({ requestId: newUuid() }))

/** The signed-in user, or null. Read once per request, however many components ask. */
export const getViewer = cache(async (): Promise<Viewer | null> => {
  const incoming = await headers()
  const sentId = incoming.get('x-request-id')
  if (sentId !== null && REQUEST_ID.test(sentId)) requestScope().requestId = sentId
  // Sign-ins last in real time, however far the test clock has moved the product's.
  const session = await findSession(getPool(), incoming.get('cookie'), systemClock.now())
  await syncClock(getPool())
  if (session === null) return null
  const { rows } = await getPool().query<ViewerRow>({
    name: 'get-viewer',
    text: 'select email, name, email_verified as "emailVerified" from users where id = $1',
    values: [session.userId],
  })
  const [row] = rows
  if (!row) return null
  return { userId: session.userId, email: row.email, name: shownName(row.name), isStaff: isStaff(row) }
})

/** The signed-in user; sends everybody else to sign in and then back to `returnTo`, a path of the product. */
export async function requireViewer(returnTo: string): Promise<Viewer> {
  const viewer = await getViewer()
  if (viewer === null) redirect(`/signin?returnTo=${encodeURIComponent(returnTo)}`)
  return viewer
}

/** The context that a page passes to the verbs it calls. */
export function pageContext(viewer: Pick<Viewer, 'userId'> | null): Context {
  return {
    pool: getPool(),
    clock: currentClock(),
    caller: viewer === null ? { kind: 'nobody' } : { kind: 'user', userId: viewer.userId },
    requestId: requestScope().requestId,
  }
}
