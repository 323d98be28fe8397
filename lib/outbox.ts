import type { ClientBase, Pool } from 'pg'
import type { Told } from './event-types'
import { newUuid } from './ids'

type Queryable = Pick<Pool | ClientBase, 'query'>

/** The columns of an outbox row, for statements that record an event along with the change that causes it. */
export const INTO_OUTBOX = 'insert into outbox (account_id, id, type, data, at)'

/** An event to record, about an account or, with null, about the whole platform. `at` is RFC 3339 in UTC. */
export type NewEvent = Told & { accountId: string | null; at: string }

/**
 * Records events in the caller's transaction, in the given order: they exist if it commits. Callers that change an
 * account hold its lock, so that its events keep the order of its changes.
 */
export async function tell(client: Queryable, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return
  const rows = events.map((event) => ({ ...event, id: newUuid() }))
  await client.query({
    name: 'tell-events',
    text: `
      ${INTO_OUTBOX}
      select (e ->> 'accountId')::uuid, (e ->> 'id')::uuid, e ->> 'type', e -> 'data', (e ->> 'at')::timestamptz
      from jsonb_array_elements($1) with ordinality x (e, place) order by place`,
    values: [JSON.stringify(rows)],
  })
}

/** An event whose date is known beforehand. `subject` identifies it among events of its type. */
export type PlannedEvent = Told & { accountId: string | null; subject: string; dueAt: Date }

/**
 * Plans events in the caller's transaction; the sweeper records each when it is due. Planning one again changes
 * nothing.
 */
export async function planEvents(client: Queryable, events: readonly PlannedEvent[]): Promise<void> {
  if (events.length === 0) return
  await client.query({
    name: 'plan-events',
    text: `
      insert into planned_events (type, subject, account_id, data, due_at)
      select e ->> 'type', e ->> 'subject', (e ->> 'accountId')::uuid, e -> 'data', (e ->> 'dueAt')::timestamptz
      from jsonb_array_elements($1) e
      on conflict (type, subject) do nothing`,
    values: [JSON.stringify(events)],
  })
}
