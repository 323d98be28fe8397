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

/** The user who views a page. */
export type Viewer = { userId: string; email: string; name: string | null; isStaff: boolean }

type ViewerRow = { email: string; name: string | null; emailVerified: Date | null }

/** Longer ids are not the product's and would only fill the log. */
const REQUEST_ID = /^[\w.:-]{1,100}$/

/** One id for everything that a request's components read. Outside the rendering of a page, each call gets a new id. */
const requestScope = cache((): { requestId: string } => ({ requestId: newUuid() }))

/** The signed-in user, or null. Read once per request, however many components need it. */
export const getViewer = cache(async (): Promise<Viewer | null> => {
  const incoming = await headers()
  const sentId = incoming.get('x-request-id')
  if (sentId !== null && REQUEST_ID.test(sentId)) requestScope().requestId = sentId
  // Sessions expire in real time, however far the test clock has moved.
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

/** The signed-in user. Redirects anyone else to sign in and then back to `returnTo`, a path of the product. */
export async function requireViewer(returnTo: string): Promise<Viewer> {
  const viewer = await getViewer()
  if (viewer === null) redirect(`/signin?returnTo=${encodeURIComponent(returnTo)}`)
  return viewer
}

/** The context that a page passes to its verbs. */
export function pageContext(viewer: Pick<Viewer, 'userId'> | null): Context {
  return {
    pool: getPool(),
    clock: currentClock(),
    caller: viewer === null ? { kind: 'nobody' } : { kind: 'user', userId: viewer.userId },
    requestId: requestScope().requestId,
  }
}
