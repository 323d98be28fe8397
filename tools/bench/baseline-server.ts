/**
 * The comparison for `POST /charges`: a Next route handler that does nothing, and a Hono route that only validates a
 * charge's body. Built into its own folder, so that the product contains neither.
 */
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import next from 'next'
import { z } from 'zod'
import { chargeFields } from '@/lib/contract/metering'

const [folder = '', port = ''] = process.argv.slice(2)
const body = z.strictObject(chargeFields)
const hono = new Hono().post('/validate', async (c) => {
  const parsed = body.safeParse(await c.req.json())
  return c.json({ ok: parsed.success }, parsed.success ? 201 : 422)
})

const pages = next({ dev: false, dir: folder, hostname: '127.0.0.1', port: Number(port) })
await pages.prepare()
const answerPage = pages.getRequestHandler()
const answerHono = getRequestListener(hono.fetch)
const server = createServer((request, response) => {
  void (request.url === '/validate' ? answerHono(request, response) : answerPage(request, response))
})
server.listen(Number(port), '127.0.0.1')
