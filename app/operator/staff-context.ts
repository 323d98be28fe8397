import { notFound } from 'next/navigation'
import { getViewer, pageContext } from '@/lib/auth/viewer'
import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'
import { parsePublicId } from '@/lib/ids'
import { requireStaff, type Staff } from '@/lib/operator/require-staff'

/**
 * What an operator page calls its verbs with. Everybody who is not staff gets the page for addresses that do not exist.
 * The verbs ask again: this only spares a page from beginning what it may not show.
 */
export async function staffContext(): Promise<{ ctx: Context; staff: Staff }> {
  const ctx = pageContext(await getViewer())
  return { ctx, staff: await orNotFound(requireStaff(ctx)) }
}

/** What a verb answers; its "no such …" becomes the page that says so. */
export async function orNotFound<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    if (error instanceof NotFound) notFound()
    throw error
  })
}

/** The account an address names. */
export function userIn({ user }: { user: string }): string {
  const accountId = parsePublicId('user', user)
  if (accountId === null) notFound()
  return accountId
}
