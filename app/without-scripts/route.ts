import { SCRIPTS_OFF_COOKIE } from '@/components/ui/scripts-cookie'
import { safeReturnTo } from '@/lib/auth/return-to'
import { usesSecureCookies } from '@/lib/auth/session'
import { getEnv } from '@/lib/env'

/** Records that the browser runs no scripts, until it closes or runs one, and redirects back to the page. */
export function GET(request: Request): Response {
  const { appUrl } = getEnv()
  const secure = usesSecureCookies(appUrl) ? '; Secure' : ''
  return new Response(null, {
    status: 303,
    headers: {
      location: `${appUrl}${safeReturnTo(new URL(request.url).searchParams.get('to'))}`,
      'set-cookie': `${SCRIPTS_OFF_COOKIE}=1; Path=/; SameSite=Lax${secure}`,
      'cache-control': 'no-store',
    },
  })
}
