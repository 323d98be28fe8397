import { getViewer } from '@/lib/auth/viewer'

/** The page after signing in without a target: the operator pages for staff, the credits page for everyone else. */
export async function GET(): Promise<Response> {
  const viewer = await getViewer()
  const location = viewer === null ? '/signin' : viewer.isStaff ? '/operator' : '/settings/credits'
  return new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store' } })
}
