import { setTimeout as pause } from 'node:timers/promises'
import type { ClientBase, Pool } from 'pg'
import { createPool } from '@/lib/db/pool'
import { endsWithin } from '@/lib/ends-within'
import { logFailure } from '@/lib/http/log'

/** The session lock of the process that relays. */
const LOCK = 4_021_133

/** Half of this is the usual lag; the rest of the half second that an event may take is for the database. */
const POLL_MS = 200
/** The wait after a lost connection. */
const RETRY_MS = 1_000
const MOVED_MAX = 1_000
const STOP_MS = 2_000

/**
 * The result of one step of the relay: the events moved, the longest time since one was written, and the deliveries
 * they cause.
 */
export type Moved = { count: number; lagMs: number; deliveries: number }

export type Relay = { stop(): Promise<void> }

/**
 * Moves events from the outbox to the feed while this process holds the relay's lock, which only one process can hold.
 * `onMoved` is called after each step that moved something.
 */
export function startRelay(databaseUrl: string, onMoved: (moved: Moved) => void = () => undefined): Relay {
  const pool = createPool(databaseUrl, { max: 1 })
  const stopping = new AbortController()
  const { signal } = stopping
  const running = (async () => {
    while (!signal.aborted) {
      await relayOnce(pool, signal, onMoved).catch((error: unknown) =>
        logFailure(error, { requestId: 'none', route: 'relay' }),
      )
      await rest(RETRY_MS, signal)
    }
  })()
  return {
    async stop() {
      stopping.abort()
      await endsWithin(running, STOP_MS)
      await endsWithin(pool.end(), STOP_MS)
    },
  }
}

/** Relays on one connection until it is lost or the process stops. The lock ends with the connection. */
async function relayOnce(pool: Pool, signal: AbortSignal, onMoved: (moved: Moved) => void): Promise<void> {
  const client = await pool.connect()
  try {
    while (!signal.aborted && !(await takeLock(client))) await rest(POLL_MS, signal)
    while (!signal.aborted) {
      const moved = await moveEvents(client)
      if (moved.count > 0) onMoved(moved)
      if (moved.count < MOVED_MAX) await rest(POLL_MS, signal)
    }
  } finally {
    // The connection is closed, because the pool would keep the lock with it.
    client.release(true)
  }
}

async function takeLock(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [LOCK])
  return rows[0]?.held === true
}

async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  await pause(milliseconds, undefined, { signal }).catch(() => undefined)
}

/**
 * Moves up to a thousand events in one statement, all or nothing, and creates a delivery for each endpoint that
 * receives its type. Numbers follow the last one given, so the feed has no gap; if two relays ever ran, the second
 * would find its numbers taken and move nothing.
 */
async function moveEvents(client: ClientBase): Promise<Moved> {
  const { rows } = await client.query<{ count: number; deliveries: number; lag_ms: number | null }>({
    name: 'relay-events',
    text: `
      with moved as (
        delete from outbox where place in (select place from outbox order by place limit ${MOVED_MAX})
        returning place, account_id, id, type, data, at, written_at),
      counted as (
        update event_relay set last_seq = last_seq + (select count(*) from moved)
        where exists (select from moved)),
      fed as (
        insert into events (seq, id, account_id, type, data, at)
        select r.last_seq + row_number() over (order by m.place), m.id, m.account_id, m.type, m.data, m.at
        from moved m cross join event_relay r
        returning seq, type, data, at),
      addressed as (
        -- Due immediately, even for a process whose clock is behind the account's time.
        insert into webhook_deliveries (endpoint_id, seq, state, next_attempt_at)
        select w.id, f.seq, 'waiting', f.at - interval '1 minute' from fed f join webhook_endpoints w on w.off_at is null and
          case when f.type = 'webhook.test' then f.data ->> 'endpoint' = 'whe_' || replace(w.id::text, '-', '')
            else w.types is null or f.type = any (w.types) end
        -- Waits for a concurrent deletion of the endpoint and then leaves it out.
        for key share of w
        returning seq)
      select count(*), (select count(*) from addressed) as deliveries, extract(epoch from clock_timestamp() - min(written_at))::float8 * 1000 as lag_ms from moved`,
  })
  const [row] = rows
  return { count: row?.count ?? 0, lagMs: row?.lag_ms ?? 0, deliveries: row?.deliveries ?? 0 }
}
