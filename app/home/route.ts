import { getViewer } from '@/lib/auth/viewer'

/** Where people land who signed in without asking for a page: staff where they work, everybody else at their credits. */
export async function GET(): Promise<Response> {
  const viewer = await getViewer()
  const location = viewer === null ? '/signin' : viewer.isStaff ? '/operator' : '/settings/credits'
  return new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store' } })
}
