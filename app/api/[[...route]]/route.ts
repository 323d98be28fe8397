import { handle } from 'hono/vercel'
import { app } from '@/lib/api/app'

// `server.ts` answers these paths before they reach Next; with ordinary Next.js hosting, this route answers them.
export const dynamic = 'force-dynamic'

const handler = handle(app)

export {
  handler as DELETE,
  handler as GET,
  handler as HEAD,
  handler as OPTIONS,
  handler as PATCH,
  handler as POST,
  handler as PUT,
}
