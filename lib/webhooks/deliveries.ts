import { z } from 'zod'
import type { Context } from '@/lib/context'
import { EVENT_TYPES } from '@/lib/contract/events'
import { NotFound } from '@/lib/errors'
import type { EventType } from '@/lib/event-types'
import { getEndpoint, requireOn } from './endpoints'

export const DELIVERY_STATES = ['waiting', 'delivered', 'failed'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

/** One try to deliver an event. `status` null: no answer; `problem` null: delivered. */
export type Attempt = { at: Date; status: number | null; problem: string | null; milliseconds: number }

/** An event for an endpoint. `attempts` are the latest ones, newest first. */
export type Delivery = {
  eventId: string
  seq: number
  type: EventType
  state: DeliveryState
  nextAttemptAt: Date | null
  attempts: Attempt[]
}

/** A delivery shows this many attempts: those of a whole schedule, and some by hand. */
const ATTEMPTS_SHOWN = 20

const instant = z.coerce.date()
const deliveryRow = z
  .object({
    event_id: z.string(),
    seq: z.number(),
    type: z.enum(EVENT_TYPES),
    state: z.enum(DELIVERY_STATES),
    next_attempt_at: z.date().nullable(),
    attempts: z.array(
      z.object({
        at: instant,
        status: z.number().nullable(),
        problem: z.string().nullable(),
        milliseconds: z.number(),
      }),
    ),
  })
  .transform(
    ({ event_id: eventId, next_attempt_at: nextAttemptAt, ...row }): Delivery => ({
      ...row,
      eventId,
      nextAttemptAt,
    }),
  )

type ListInput = { endpointId: string; state: DeliveryState | null; before: number | null; limit: number }

/** An endpoint's deliveries, newest event first, before a place in the feed. For operators. Throws `NotFound`. */
export async function listDeliveries(
  ctx: Context,
  { endpointId, state, before, limit }: ListInput,
): Promise<Delivery[]> {
  await getEndpoint(ctx, endpointId)
  const { rows } = await ctx.pool.query(
    `select e.id as event_id, d.seq, e.type, d.state, d.next_attempt_at, (
       select coalesce(jsonb_agg(a order by a.id desc), '[]') from (
         select id, at, status, problem, milliseconds from webhook_attempts t
         where t.endpoint_id = d.endpoint_id and t.seq = d.seq order by id desc limit ${ATTEMPTS_SHOWN}) a) as attempts
     from webhook_deliveries d join events e on e.seq = d.seq
     where d.endpoint_id = $1 and ($2::text is null or d.state = $2) and ($3::bigint is null or d.seq < $3)
     order by d.seq desc limit $4`,
    [endpointId, state, before, limit],
  )
  return rows.map((row) => deliveryRow.parse(row))
}

/**
 * Sends an event of the feed to an endpoint again, or for the first time, whatever types the endpoint receives; its
 * schedule restarts. For operators. Throws `NotFound`, and `InvalidRequest` for an endpoint that is off.
 */
export async function resendEvent(
  ctx: Context,
  { endpointId, eventId }: { endpointId: string; eventId: string },
): Promise<void> {
  requireOn(await getEndpoint(ctx, endpointId))
  const { rowCount } = await ctx.pool.query(
    `insert into webhook_deliveries (endpoint_id, seq, state, next_attempt_at)
     select w.id, e.seq, 'waiting', $3 from events e cross join webhook_endpoints w where e.id = $2 and w.id = $1
     for key share of w
     on conflict (endpoint_id, seq) do update set state = 'waiting', attempts = 0, next_attempt_at = excluded.next_attempt_at`,
    [endpointId, eventId, ctx.clock.now()],
  )
  if (rowCount === 0) throw new NotFound('event')
}
