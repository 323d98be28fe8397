import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Api } from '@/lib/api/contract.test-support'
import type { ChargeJson } from '@/lib/contract/metering'
import { newUuid } from '@/lib/ids'
import { createCreditsClient, type Payer } from './credits-client'
import type { Run, RunEvent } from './events'
import { localModels } from './local/local-models'
import type { AiDeps, Models } from './models'

/** A platform that uses the product: its secret key and the local AI. */
export function platform(api: Api, models: Models = localModels({ paceMs: 0 })): AiDeps {
  return { credits: createCreditsClient({ baseUrl: addressOf(api), key: api.secret }), models }
}

export function addressOf(api: Api): string {
  return `http://127.0.0.1:${api.port}`
}

/** The connection to the product, which loses captures while `isOut` is set. */
export type Gateway = { isOut: boolean; deps: AiDeps; close(): void }

export async function openGateway(api: Api): Promise<Gateway> {
  const server = createServer(async (request, response) => {
    const isLost = gateway.isOut && request.url?.endsWith('/capture')
    const chunks: Buffer[] = await request.toArray()
    const { authorization = '', 'idempotency-key': key } = request.headers
    const headers = {
      authorization,
      'content-type': 'application/json',
      ...(key && { 'idempotency-key': `${key}` }),
    }
    const method = request.method ?? 'GET'
    const body = method === 'GET' ? null : Buffer.concat(chunks)
    const answer = isLost ? null : await fetch(`${addressOf(api)}${request.url}`, { method, headers, body })
    response.writeHead(answer?.status ?? 503, Object.fromEntries(answer?.headers ?? []))
    response.end(answer === null ? '' : Buffer.from(await answer.arrayBuffer()))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const credits = createCreditsClient({ baseUrl, key: api.secret, waitsMs: [0] })
  const deps = { credits, models: localModels({ paceMs: 0 }) }
  const gateway: Gateway = { isOut: false, deps, close: () => server.close() }
  return gateway
}

/** One press of a button. */
export function press(): string {
  return `press-${newUuid()}`
}

/** A user of another creator's app and the token that lets the app spend the user's credits. */
export async function newGuest(api: Api) {
  const [creator, payer] = [await api.newUser(), await api.newUser()]
  const app = await api.newApp(creator.accountId)
  const { body } = await api.post(`/apps/${app.id}/tokens`, { user: payer.id })
  return { creator, payer, app, asGuest: { appToken: String(body.token) } satisfies Payer }
}

export function of<Type extends RunEvent['type']>(
  events: readonly RunEvent[],
  type: Type,
): Extract<RunEvent, { type: Type }>[] {
  return events.filter((event): event is Extract<RunEvent, { type: Type }> => event.type === type)
}

export function textOf(events: readonly RunEvent[]): string {
  return of(events, 'text')
    .map(({ text }) => text)
    .join('')
}

/** The single receipt of a run. */
export function receiptOf(events: readonly RunEvent[]): ChargeJson {
  const [receipt, ...others] = of(events, 'receipt')
  if (receipt === undefined || others.length > 0)
    throw new Error(`expected one receipt, but the run ended with ${JSON.stringify(events.at(-1))}`)
  return receipt.charge
}

/** Stops the run at the first event of the given type. */
export async function stopAt(run: Run, type: RunEvent['type'], count = 1): Promise<readonly RunEvent[]> {
  let seen = 0
  for await (const event of run.events) {
    if (event.type === type) seen += 1
    if (seen === count) break
  }
  run.stop()
  return run.done
}
