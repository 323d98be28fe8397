/** A server that receives events: it verifies each delivery, and handles each event once. Started by `npm test`. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'

const secret = process.env.WEBHOOK_SECRET ?? ''
const TOLERANCE_SECONDS = 300

/** Checks a delivery according to Standard Webhooks. The package `standardwebhooks` does the same. */
function isGenuine(headers: Record<string, string | string[] | undefined>, body: string): boolean {
  const id = String(headers['webhook-id'])
  const timestamp = String(headers['webhook-timestamp'])
  if (Math.abs(Date.now() / 1_000 - Number(timestamp)) <= TOLERANCE_SECONDS) {
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
    const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest()
    // After a rotation there are two signatures; yours is one of them.
    for (const signature of String(headers['webhook-signature']).split(' ')) {
      const given = Buffer.from(signature.replace('v1,', ''), 'base64')
      if (given.length === expected.length && timingSafeEqual(given, expected)) return true
    }
  }
  return false
}

/** In your database: a row for each id, written in the transaction that acts on the event. */
const seen = new Set<string>()

createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  // The signature covers these bytes, so verify before you parse.
  const body = Buffer.concat(chunks).toString()
  if (!isGenuine(request.headers, body)) {
    response.writeHead(401).end()
    return
  }
  const event = JSON.parse(body)
  if (!seen.has(event.id)) {
    seen.add(event.id)
    if (event.type === 'balance.exhausted') say('paused', event.user)
    else say('received', event.type)
  }
  // Any 2xx answer completes the delivery; run long work in a job of your own.
  response.writeHead(204).end()
}).listen(Number(process.env.PORT), '127.0.0.1', () => say('ready', true))

function say(what: string, detail: unknown): void {
  process.stdout.write(`${what}: ${JSON.stringify(detail)}\n`)
}
