import { setTimeout as delay } from 'node:timers/promises'
import { MINUTE_MS } from '@/lib/clock'
import type { ChargeJson, UsageJson } from '@/lib/contract/metering'
import type { ProblemJson } from '@/lib/contract/problems'
import { logFailure } from '@/lib/http/log'
import { processState } from '@/lib/process-state'

/** What happens in a run, in order. Amounts are credits. */
export type RunEvent =
  /** Credits are set aside; more than `reserved` is taken only after it was extended. */
  | { type: 'started'; hold: string; reserved: number }
  | { type: 'text'; text: string }
  /** A page a web search used. */
  | { type: 'source'; url: string; title: string }
  /** A tool was called and has answered; `error` when it could not. */
  | { type: 'tool'; name: string; input: unknown; output?: unknown; error?: string }
  /** What the run has cost so far, by what is known of its usage. The receipt may differ a little. */
  | { type: 'cost'; credits: number; usage: UsageJson }
  /** A result of a media operation, base64. */
  | { type: 'media'; mediaType: string; base64: string }
  | { type: 'page'; url: string; title: string; text: string }
  /** The charge. `interrupted`: it is for what was used until the run was stopped. */
  | { type: 'receipt'; charge: ChargeJson; interrupted: boolean }
  /**
   * The credits system refused. Before `started`: nothing was done and nothing is charged. After it: there was not enough
   * to go on, and a receipt for what was used follows.
   */
  | { type: 'refused'; problem: ProblemJson }
  /** It did not work; `charged` says whether a receipt was given. `message` is for people. `due`: what is to be charged yet. */
  | { type: 'failed'; reason: FailureReason; message: string; charged: boolean; due?: Due }

/** A capture that could not be confirmed: all it takes to repeat it, up to 24 hours after the hold has expired. */
export type Due = { hold: string; usage: UsageJson; captureKey: string }

/**
 * `model`: the AI failed. `stopped`: whoever asked stopped it before anything came. `done_before`: this action was charged
 * earlier and its result is not kept here any more. `unsettled`: the result was given but the charge could not be
 * confirmed; it is `due`.
 */
export type FailureReason = 'model' | 'stopped' | 'done_before' | 'unsettled'

/** A run in progress or done. It goes on whether anybody listens or not; `stop` or its signal ends it early. */
export type Run = {
  /** Every event from the first, then those to come, to each who asks. */
  events: AsyncIterable<RunEvent>
  /** Every event, once the run is over. It never rejects. */
  done: Promise<readonly RunEvent[]>
  stop(): void
}

export type Emit = (event: RunEvent) => void

type Work = (emit: Emit, signal: AbortSignal, self: Run) => Promise<void>

/** A provider that does not stop when told to must not keep the process; its hold expires. */
const STOP_MS_MAX = 10_000

/** Less than a hold lasts (15 minutes): a provider that hangs is given up while its hold can still be settled. */
const RUN_MS_MAX = 10 * MINUTE_MS

/** Starts a run and records what it emits. */
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
  // A defect of ours ends one run, never the process; its hold expires.
  const defect = (error: unknown) => {
    logFailure(error, { requestId: 'none', route: 'run' })
    emit({ type: 'failed', reason: 'model', message: 'This could not be done.', charged: false })
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
 * Stops every run of this process and waits, for a while, until what each has used is charged. For the end of the process, before it takes
 * no more calls: captures are calls, too.
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
