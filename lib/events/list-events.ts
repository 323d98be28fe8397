import { z } from 'zod'
import { requireOperator } from '@/lib/authority'
import type { Context } from '@/lib/context'
import type { EventType, Told } from '@/lib/event-types'

/** An event of the feed. `accountId` is null if it concerns the whole platform. */
export type Event = { seq: number; id: string; accountId: string | null; at: Date } & Told

export const eventRow = z
  .object({
    seq: z.number(),
    id: z.string(),
    account_id: z.string().nullable(),
    type: z.string(),
    data: z.unknown(),
    at: z.date(),
  })
  .transform(({ account_id: accountId, type, data, ...row }): Event => {
    // Only `tell` and similar functions write events, with the type's own data.
    return { ...row, accountId, ...({ type, data } as Told) }
  })

export const EVENT_COLUMNS = 'e.seq, e.id, e.account_id, e.type, e.data, e.at'

type ListInput = { after: number; type: EventType | null; accountId: string | null; limit: number }

/**
 * The events after a number, oldest first, and the number to continue from: that of the last event or, if there are no
 * more that fit, the newest one given. For operators.
 */
export async function listEvents(
  ctx: Context,
  { after, type, accountId, limit }: ListInput,
): Promise<{ events: Event[]; next: number }> {
  requireOperator(ctx)
  const conditions = ['e.seq > $1']
  const values: (number | string)[] = [after]
  if (type !== null) conditions.push(`e.type = $${values.push(type)}`)
  if (accountId !== null) conditions.push(`e.account_id = $${values.push(accountId)}`)
  // One statement, so that no event is numbered between the two readings.
  const { rows } = await ctx.pool.query<{ last_seq: number; events: unknown[] }>(
    `select r.last_seq, (
       select coalesce(jsonb_agg(x order by x.seq), '[]') from (
         select ${EVENT_COLUMNS} from events e where ${conditions.join(' and ')} order by e.seq limit ${limit}) x) as events
     from event_relay r`,
    values,
  )
  const events = (rows[0]?.events ?? []).map((row) => eventRow.parse(withDate(row)))
  const last = events.length === limit ? events.at(-1)?.seq : rows[0]?.last_seq
  return { events, next: Math.max(after, last ?? 0) }
}

function withDate(row: unknown): unknown {
  const { at, ...rest } = z.looseObject({ at: z.string() }).parse(row)
  return { ...rest, at: new Date(at) }
}
