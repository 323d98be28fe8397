import { setTimeout as delay } from 'node:timers/promises'
import { MINUTE_MS } from '@/lib/clock'
import type { ChargeJson, UsageJson } from '@/lib/contract/metering'
import type { ProblemJson } from '@/lib/contract/problems'
import { logFailure } from '@/lib/http/log'
import { processState } from '@/lib/process-state'

/** The events of a run, in order. Amounts are credits. */
export type RunEvent =
  /** Credits are held; spending more than `reserved` needs an extension first. */
  | { type: 'started'; hold: string; reserved: number }
  | { type: 'text'; text: string }
  /** A page found by a web search. */
  | { type: 'source'; url: string; title: string }
  /** A tool was called and has answered; `error` means that it failed. */
  | { type: 'tool'; name: string; input: unknown; output?: unknown; error?: string }
  /** The running cost, from the usage known so far. The receipt may differ slightly. */
  | { type: 'cost'; credits: number; usage: UsageJson }
  /** The result of a media operation, in base64. */
  | { type: 'media'; mediaType: string; base64: string }
  | { type: 'page'; url: string; title: string; text: string }
  /** The charge. `interrupted`: it covers the usage up to the moment the run was stopped. */
  | { type: 'receipt'; charge: ChargeJson; interrupted: boolean }
  /**
   * The credits system refused. Before `started`, nothing was done and nothing is charged. After it, the balance did not
   * cover the next step, and a receipt for the usage so far follows.
   */
  | { type: 'refused'; problem: ProblemJson }
  /**
   * The run failed; `charged` says whether there is a receipt. `message` is for people. `due`: the capture that must be
   * repeated.
   */
  | { type: 'failed'; reason: FailureReason; message: string; charged: boolean; due?: Due }

/** A capture that could not be confirmed, with everything needed to repeat it up to 24 hours after the hold expires. */
export type Due = { hold: string; usage: UsageJson; captureKey: string }

/**
 * `model`: the AI failed. `stopped`: the caller stopped the run before any output. `done_before`: this action was charged
 * earlier and its result is no longer kept here. `unconfirmed`: the result was delivered but the charge could not be
 * confirmed; it is `due`.
 */
export type FailureReason = 'model' | 'stopped' | 'done_before' | 'unconfirmed'

/** A run in progress or finished. It continues without listeners; `stop` or its signal ends it early. */
export type Run = {
  /** Each listener gets every event from the first on, then the rest as they occur. */
  events: AsyncIterable<RunEvent>
  /** Resolves with every event once the run is over. Never rejects. */
  done: Promise<readonly RunEvent[]>
  stop(): void
}

export type Emit = (event: RunEvent) => void

type Work = (emit: Emit, signal: AbortSignal, self: Run) => Promise<void>

/** A provider that ignores the stop signal must not keep the process alive; its hold expires. */
const STOP_MS_MAX = 10_000

/** Shorter than a hold (15 minutes), so that a hanging provider is abandoned while its hold can still be captured. */
const RUN_MS_MAX = 10 * MINUTE_MS

/** Starts a run and records the events it emits. */
export function startRun(work: Work, signal?: AbortSignal): Run {
  const events: RunEvent[] = []
  const waiting: (() => void)[] = []
  const controller = new AbortController()
  let isOver = false
  const wake = () => {
    for (const resolve of waiting.splice(0)) resolve()
  }
  async function* listen(): AsyncGenerator<RunEvent> {
    for (let next = 0; ; ) {
      const event = events[next]
      if (event) {
        next++
        yield event
      } else if (isOver) return
      else await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }
  const stop = () => controller.abort()
  if (signal?.aborted) stop()
  signal?.addEventListener('abort', stop, { once: true })
  const timer = setTimeout(stop, RUN_MS_MAX)

  const emit: Emit = (event) => {
    events.push(event)
    wake()
  }
  // An unexpected error ends one run, never the process; the hold expires.
  const defect = (error: unknown) => {
    logFailure(error, { requestId: 'none', route: 'run' })
    emit({ type: 'failed', reason: 'model', message: 'Something went wrong.', charged: false })
  }
  const finish = () => {
    isOver = true
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
    openRuns().delete(run)
    wake()
    return events
  }
  const run: Run = { events: { [Symbol.asyncIterator]: listen }, done: Promise.resolve(events), stop }
  openRuns().add(run)
  run.done = work(emit, controller.signal, run).catch(defect).then(finish)
  return run
}

function openRuns(): Set<Run> {
  return processState('ai-open-runs', () => new Set<Run>())
}

/**
 * Stops every run in this process and waits, up to a limit, until each run's usage is charged. Call it during shutdown
 * while the server still accepts calls, because captures are calls too.
 */
export async function stopRuns(): Promise<void> {
  const runs = [...openRuns()]
  for (const run of runs) run.stop()
  const deadline = new AbortController()
  const { signal } = deadline
  await Promise.race([
    Promise.all(runs.map((run) => run.done)),
    delay(STOP_MS_MAX, undefined, { signal }).catch(() => undefined),
  ])
  deadline.abort()
}
