import type { RefundOnReceipt } from '@/components/usage/refund-list'
import { presentRefund } from '@/lib/api/present'
import { getViewer, pageContext } from '@/lib/auth/viewer'
import { NotFound } from '@/lib/errors'
import { parsePublicId } from '@/lib/ids'
import { listRefunds } from '@/lib/usage/list-refunds'

/** The refunds of one of the viewer's charges for its receipt, without the reversed rewards of the creator. */
export async function GET(request: Request): Promise<Response> {
  const viewer = await getViewer()
  if (viewer === null) return new Response('Sign in first.', { status: 401 })
  const charge = parsePublicId('charge', new URL(request.url).searchParams.get('charge') ?? '')
  if (charge === null) return notThere()
  try {
    const refunds = await listRefunds(pageContext(viewer), charge)
    const data = refunds
      .map(presentRefund)
      .map(({ id, amount, reason, createdAt }): RefundOnReceipt => ({ id, amount, reason, createdAt }))
    return Response.json({ data }, { headers: { 'cache-control': 'private, no-store' } })
  } catch (error) {
    if (error instanceof NotFound) return notThere()
    throw error
  }
}

function notThere(): Response {
  return new Response('There is no charge with this id in your account.', { status: 404 })
}
