import { addNotice } from '@/lib/billing/apply/notices'
import { DAY_MS, HOUR_MS, MINUTE_MS, systemClock } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { inTransaction } from '@/lib/db/transaction'
import { EVENT_COLUMNS, eventRow } from '@/lib/events/list-events'
import { presentEvent } from '@/lib/events/present-event'
import { publicId } from '@/lib/ids'
import { processState } from '@/lib/process-state'
import { currentNetwork, type Network } from './addresses'
import { type Answer, post } from './post'
import { signedHeaders } from './sign'

/** The waits between the attempts for one event: three days in total. */
export const WAITS_MS: readonly number[] = [
  MINUTE_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  18 * HOUR_MS,
  22 * HOUR_MS,
]
/** An endpoint that has failed for this long is switched off. */
export const FAILING_MS_MAX = 5 * DAY_MS
/** The maximum number of concurrent deliveries to an endpoint. */
const AT_ONCE = 8
/** A claimed event whose process was killed is due again after this time. An attempt takes seconds. */
const CLAIM_MS = 5 * MINUTE_MS

/** Delivers everything that is due, then switches off endpoints that have failed for five days. */
export async function sweepWebhooks(ctx: Context, network: Network = currentNetwork()): Promise<void> {
  await deliverDue(ctx, network)
  await switchOffFailing(ctx)
}

/** Delivers everything that is due. */
export async function deliverDue(ctx: Context, network: Network = currentNetwork()): Promise<void> {
  const { rows } = await ctx.pool.query<{ id: string }>({
    name: 'endpoints-due',
    text: `
      select w.id from webhook_endpoints w where w.off_at is null and exists (
        select from webhook_deliveries d where d.endpoint_id = w.id and d.next_attempt_at <= $1)`,
    values: [ctx.clock.now()],
  })
  await Promise.all(rows.map(({ id }) => inLane(id, () => deliverTo(ctx, id, network))))
}

/**
 * Runs the work of an endpoint, one run at a time in this process, so that one that hangs delays no other. Work
 * requested during a run leads to one more run.
 */
async function inLane(endpointId: string, work: () => Promise<void>): Promise<void> {
  const lanes = processState('webhooks.lanes', () => new Map<string, { isAsked: boolean }>())
  const running = lanes.get(endpointId)
  if (running) {
    running.isAsked = true
    return
  }
  const lane = { isAsked: true }
  lanes.set(endpointId, lane)
  try {
    while (lane.isAsked) {
      lane.isAsked = false
      await work()
    }
  } finally {
    lanes.delete(endpointId)
  }
}

/**
 * Stops once nothing is due, or if none of a group was delivered: the endpoint is then left alone until the next
 * wake-up.
 */
async function deliverTo(ctx: Context, endpointId: string, network: Network): Promise<void> {
  for (;;) {
    const due = await claimDue(ctx, endpointId)
    const delivered = await Promise.all(due.map((one) => attempt(ctx, one, network)))
    if (!delivered.includes(true)) return
  }
}

type Due = {
  endpointId: string
  url: string
  secrets: string[]
  attempts: number
  event: ReturnType<typeof eventRow.parse>
}

async function claimDue(ctx: Context, endpointId: string): Promise<Due[]> {
  const now = ctx.clock.now()
  const { rows } = await ctx.pool.query({
    name: 'claim-deliveries',
    text: `
      with due as (
        select d.seq from webhook_deliveries d join webhook_endpoints w on w.id = d.endpoint_id
        where d.endpoint_id = $1 and w.off_at is null and d.next_attempt_at <= $2
        order by d.seq limit ${AT_ONCE} for update of d skip locked),
      claimed as (
        update webhook_deliveries d set next_attempt_at = $3 from due
        where d.endpoint_id = $1 and d.seq = due.seq returning d.seq, d.attempts)
      select ${EVENT_COLUMNS}, c.attempts, w.url, w.secret,
        case when w.old_secret_until > $2 then w.old_secret end as old_secret
      from claimed c join events e on e.seq = c.seq join webhook_endpoints w on w.id = $1 order by c.seq`,
    values: [endpointId, now, new Date(now.getTime() + CLAIM_MS)],
  })
  return rows.map((row) => ({
    endpointId,
    url: row.url,
    secrets: row.old_secret === null ? [row.secret] : [row.secret, row.old_secret],
    attempts: row.attempts,
    event: eventRow.parse(row),
  }))
}

/** Sends an event and records the outcome. Returns whether it was delivered. */
async function attempt(ctx: Context, due: Due, network: Network): Promise<boolean> {
  const body = JSON.stringify(presentEvent(due.event))
  const id = publicId('event', due.event.id)
  const startedMs = performance.now()
  // Real time, because receivers compare the timestamp with their own clock.
  const headers = signedHeaders({ id, at: systemClock.now(), body, secrets: due.secrets })
  const answer = await post(due.url, { headers, body }, network)
  await record(ctx, due, { ...answer, milliseconds: Math.round(performance.now() - startedMs) })
  return answer.problem === null
}

async function record(
  ctx: Context,
  { endpointId, attempts, event }: Due,
  { status, problem, milliseconds }: Answer & { milliseconds: number },
): Promise<void> {
  const now = ctx.clock.now()
  const wait = WAITS_MS[attempts]
  const next = problem === null || wait === undefined ? null : new Date(now.getTime() + wait)
  const state = problem === null ? 'delivered' : next === null ? 'failed' : 'waiting'
  await inTransaction(ctx.pool, async (client) => {
    const { rowCount } = await client.query({
      name: 'record-delivery',
      text: `
        with logged as (
          update webhook_deliveries set state = $3, attempts = attempts + 1, next_attempt_at = $4
          where endpoint_id = $1 and seq = $2 returning endpoint_id, seq)
        insert into webhook_attempts (endpoint_id, seq, at, status, problem, milliseconds)
        select endpoint_id, seq, $5, $6, $7, $8 from logged`,
      values: [endpointId, event.seq, state, next, now, status, problem, milliseconds],
    })
    // The endpoint or the event was deleted during the attempt.
    if (rowCount === 0) return
    await client.query(
      problem === null
        ? {
            name: 'note-delivered',
            text: 'update webhook_endpoints set failing_since = null where id = $1 and failing_since is not null',
            values: [endpointId],
          }
        : {
            name: 'note-failing',
            text: 'update webhook_endpoints set failing_since = $2 where id = $1 and failing_since is null',
            values: [endpointId, now],
          },
    )
  })
}

/**
 * Switches off endpoints that have failed for too long. Called after the attempts, so that one that responds again
 * stays on.
 */
async function switchOffFailing(ctx: Context): Promise<void> {
  const now = ctx.clock.now()
  await inTransaction(ctx.pool, async (client) => {
    const { rows } = await client.query<{ id: string; failing_since: Date }>({
      name: 'switch-off-failing',
      text: `
        update webhook_endpoints set off_at = $1, off_reason = 'failing'
        where off_at is null and failing_since <= $2 returning id, failing_since`,
      values: [now, new Date(now.getTime() - FAILING_MS_MAX)],
    })
    for (const { id, failing_since: since } of rows) {
      const endpoint = publicId('endpoint', id)
      const subject = `${endpoint} ${since.toISOString()}`
      await addNotice(
        client,
        { kind: 'endpoint_off', subject, accountId: null, facts: { endpoint, since } },
        now,
      )
    }
  })
}
