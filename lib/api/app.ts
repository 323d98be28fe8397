import { OpenAPIHono } from '@hono/zod-openapi'

/** The HTTP contract, mounted by `server.ts` and by `app/api`. */
export const app = new OpenAPIHono()

app.get('/api/health', (c) => c.json({ status: 'ok' }))
