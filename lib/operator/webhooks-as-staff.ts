import type { Context } from '@/lib/context'
import type { EventType } from '@/lib/event-types'
import { publicId } from '@/lib/ids'
import { type Delivery, listDeliveries, resendEvent } from '@/lib/webhooks/deliveries'
import * as endpoints from '@/lib/webhooks/endpoints'
import {
  type ActionForm,
  actionsOn,
  checkForm,
  type EndpointActionKind,
  type OperatorAction,
  runRecorded,
} from './action-log'
import { requireStaff } from './require-staff'
import { supportContext } from './support-context'

/* The staff's verbs for webhook endpoints. Each throws `NotFound` unless the caller is staff; changes are recorded. */

async function staffed(ctx: Context): Promise<Context> {
  return supportContext(ctx, await requireStaff(ctx))
}

export async function readEndpoints(ctx: Context): Promise<endpoints.Endpoint[]> {
  return endpoints.listEndpoints(await staffed(ctx))
}

export type EndpointView = {
  endpoint: endpoints.Endpoint
  secret: string
  /** The newest events, up to `limit`, before a place in the feed. */
  deliveries: Delivery[]
  actions: OperatorAction[]
}

export async function readEndpoint(
  ctx: Context,
  { id, before, limit }: { id: string; before: number | null; limit: number },
): Promise<EndpointView> {
  const as = await staffed(ctx)
  const [endpoint, secret, deliveries, actions] = await Promise.all([
    endpoints.getEndpoint(as, id),
    endpoints.getSecret(as, id),
    listDeliveries(as, { endpointId: id, state: null, before, limit }),
    actionsOn(as, publicId('endpoint', id)),
  ])
  return { endpoint, secret, deliveries, actions }
}

type Change = ActionForm & { id: string }

/** Runs a change once per form, with its reason on record. */
async function recorded(
  ctx: Context,
  kind: EndpointActionKind,
  input: Change,
  work: (as: Context) => Promise<unknown>,
): Promise<void> {
  const staff = await requireStaff(ctx)
  const subject = publicId('endpoint', input.id)
  const action = { staff, accountId: null, kind, subject, ...checkForm(input), amount: null }
  await runRecorded(ctx, action, async () => {
    await work(supportContext(ctx, staff))
    return { outcome: 'done', detail: null }
  })
}

/** `id` comes from the form, so that a form sent twice adds one endpoint. */
export function addEndpoint(
  ctx: Context,
  input: Change & { url: string; types: EventType[] | null },
): Promise<void> {
  return recorded(ctx, 'add_endpoint', input, (as) => endpoints.createEndpoint(as, input))
}

export function changeEndpoint(
  ctx: Context,
  { url, types, ...input }: Change & { url: string; types: EventType[] | null },
): Promise<void> {
  return recorded(ctx, 'change_endpoint', input, (as) =>
    endpoints.updateEndpoint(as, { id: input.id, url, types }),
  )
}

export function switchEndpoint(ctx: Context, { isOn, ...input }: Change & { isOn: boolean }): Promise<void> {
  return recorded(ctx, isOn ? 'switch_on_endpoint' : 'switch_off_endpoint', input, (as) =>
    endpoints.updateEndpoint(as, { id: input.id, isOn }),
  )
}

export function rotateEndpointSecret(ctx: Context, input: Change): Promise<void> {
  return recorded(ctx, 'rotate_secret', input, (as) => endpoints.rotateSecret(as, input.id))
}

export function removeEndpoint(ctx: Context, input: Change): Promise<void> {
  return recorded(ctx, 'delete_endpoint', input, (as) => endpoints.deleteEndpoint(as, input.id))
}

export async function sendTestEvent(ctx: Context, id: string): Promise<void> {
  await endpoints.testEndpoint(await staffed(ctx), id)
}

export async function sendEventAgain(
  ctx: Context,
  input: { endpointId: string; eventId: string },
): Promise<void> {
  await resendEvent(await staffed(ctx), input)
}
