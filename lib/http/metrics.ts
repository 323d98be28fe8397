import type { Pool } from 'pg'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { checkBalances } from '@/lib/audit/check-balances'
import { MINUTE_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { observeBatches, queuedInputs } from '@/lib/credits/batch/run-batch'
import { type Movements, observeMovements } from '@/lib/credits/store/observe-movements'
import { processState } from '@/lib/process-state'
import { logFailure } from './log'

/** Buckets from half a millisecond, the duration of a single charge, to the statement timeout. */
const LATENCY_SECONDS = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15]
const BATCH_SIZES = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000]
/**
 * The ledger check reads all wallets and grants, but no charges. It takes seconds on one connection, too long for every
 * scrape.
 */
const LEDGER_CHECKED_EVERY_MS = 10 * MINUTE_MS

type Metrics = ReturnType<typeof createMetrics>

function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const metrics = {
    registry,
    requests: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Duration of responses by route template and status; `page`, `file` and `sign_in` for those of Next',
      labelNames: ['route', 'status'] as const,
      buckets: LATENCY_SECONDS,
      registers,
    }),
    charges: new Counter({
      name: 'credits_charges_total',
      help: 'Charges and captures made, excluding replays',
      labelNames: ['way'] as const,
      registers,
    }),
    movements: new Counter({
      name: 'credits_movements_total',
      help: 'Movements made in the ledger by outcome, excluding replays',
      labelNames: ['kind', 'way'] as const,
      registers,
    }),
    refusals: new Counter({
      name: 'credits_refusals_total',
      help: 'Problems returned, by code; each item of a batch counts',
      labelNames: ['code'] as const,
      registers,
    }),
    batchSize: new Histogram({
      name: 'credits_batch_size',
      help: 'Number of movements per database call',
      labelNames: ['kind'] as const,
      buckets: BATCH_SIZES,
      registers,
    }),
    queue: new Gauge({
      name: 'credits_queue_length',
      help: 'Number of movements waiting for a database call; above 20,000 they are refused',
      labelNames: ['kind'] as const,
      registers,
    }),
    mended: new Counter({
      name: 'billing_mended_total',
      help: 'Repairs by the reconciler, by kind, of states that no Stripe event reported',
      labelNames: ['what'] as const,
      registers,
    }),
    relayed: new Counter({
      name: 'events_relayed_total',
      help: 'Events that this process moved from the outbox to the feed',
      registers,
    }),
    relayLag: new Histogram({
      name: 'events_relay_lag_seconds',
      help: 'The longest time from writing an event to its place in the feed, of each step of the relay',
      buckets: LATENCY_SECONDS,
      registers,
    }),
    drift: new Gauge({
      name: 'credits_ledger_drift',
      help: 'Rows that break a rule of balances at the last check; anything but 0 needs `npm run audit`',
      labelNames: ['rule'] as const,
      registers,
    }),
    checkedAt: new Gauge({
      name: 'credits_ledger_checked_timestamp_seconds',
      help: 'When the balances were last checked; 0 before the first time',
      registers,
    }),
    connections: new Gauge({
      name: 'db_pool_connections',
      help: 'Connections to the database, and requests waiting for one',
      labelNames: ['state'] as const,
      registers,
    }),
    ledgerCheck: { lastMs: Number.NEGATIVE_INFINITY, isRunning: false },
  }
  observeBatches((kind, { size }) => metrics.batchSize.observe({ kind }, size))
  observeMovements(({ kind, count, way }: Movements) => {
    const isCharge = kind === 'charge' || kind === 'capture'
    if (isCharge) metrics.charges.inc({ way }, count)
    metrics.movements.inc({ kind: isCharge ? 'charge' : kind, way }, count)
  })
  return metrics
}

/** One set of metrics per process, shared by both bundles. */
function metricsOfProcess(): Metrics {
  return processState('http.metrics', createMetrics)
}

/** Starts counting; no metric includes earlier events. */
export function startMetrics(): void {
  metricsOfProcess()
}

export function countRefusal(code: string): void {
  metricsOfProcess().refusals.inc({ code })
}

export function countMended(what: string): void {
  metricsOfProcess().mended.inc({ what })
}

export function observeRelay({ count, lagMs }: { count: number; lagMs: number }): void {
  const { relayed, relayLag } = metricsOfProcess()
  relayed.inc(count)
  relayLag.observe(lagMs / 1_000)
}

export function observeRequest(route: string, status: number, milliseconds: number): void {
  metricsOfProcess().requests.observe({ route, status }, milliseconds / 1_000)
}

/** The process's metrics in Prometheus' text format. Never waits for the ledger check it may start. */
export async function describeMetrics(ctx: Context): Promise<string> {
  const metrics = metricsOfProcess()
  const { pool } = ctx
  metrics.connections.set({ state: 'busy' }, pool.totalCount - pool.idleCount)
  metrics.connections.set({ state: 'idle' }, pool.idleCount)
  metrics.connections.set({ state: 'waiting' }, pool.waitingCount)
  for (const [kind, length] of queuedInputs(pool)) metrics.queue.set({ kind }, length)
  checkLedgerWhenDue(metrics, ctx)
  return metrics.registry.metrics()
}

export function metricsContentType(): string {
  return metricsOfProcess().registry.contentType
}

function checkLedgerWhenDue(metrics: Metrics, { pool, clock, requestId }: Context): void {
  const state = metrics.ledgerCheck
  const nowMs = clock.now().getTime()
  if (state.isRunning || nowMs - state.lastMs < LEDGER_CHECKED_EVERY_MS) return
  state.isRunning = true
  state.lastMs = nowMs
  checkLedger(metrics, pool, nowMs)
    .catch((error: unknown) => logFailure(error, { requestId, route: 'ledger check' }))
    .finally(() => {
      state.isRunning = false
    })
}

async function checkLedger(metrics: Metrics, pool: Pool, nowMs: number): Promise<void> {
  for (const { rule, drifted } of await checkBalances(pool)) metrics.drift.set({ rule }, drifted)
  metrics.checkedAt.set(nowMs / 1_000)
}
