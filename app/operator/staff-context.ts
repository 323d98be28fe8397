import { notFound } from 'next/navigation'
import { getViewer, pageContext } from '@/lib/auth/viewer'
import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'
import { parsePublicId } from '@/lib/ids'
import { requireStaff, type Staff } from '@/lib/operator/require-staff'

/**
 * The context of an operator page. Everyone but staff gets the 404 page. Verbs check this again; the check here
 * keeps a page from starting work whose result it may not show.
 */
export async function staffContext(): Promise<{ ctx: Context; staff: Staff }> {
  const ctx = pageContext(await getViewer())
  return { ctx, staff: await orNotFound(requireStaff(ctx)) }
}

/** A verb's result; `NotFound` becomes the 404 page. */
export async function orNotFound<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    if (error instanceof NotFound) notFound()
    throw error
  })
}

/** The id of the account named in a URL. */
export function userIn({ user }: { user: string }): string {
  const accountId = parsePublicId('user', user)
  if (accountId === null) notFound()
  return accountId
}
