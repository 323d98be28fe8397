import { handle } from 'hono/vercel'
import { app } from '@/lib/api/app'

// `server.ts` answers these paths before Next sees them; on ordinary Next.js hosting they arrive here.
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
