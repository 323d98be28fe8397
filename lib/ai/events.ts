import type { Charge, Problem, Usage } from './credits-schemas'

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
  | { type: 'cost'; credits: number; usage: Usage }
  /** A result of a media operation, base64. */
  | { type: 'media'; mediaType: string; base64: string }
  | { type: 'page'; url: string; title: string; text: string }
  /** The charge. `interrupted`: it is for what was used until the run was stopped. */
  | { type: 'receipt'; charge: Charge; interrupted: boolean }
  /**
   * The credits system refused. Before `started`: nothing was done and nothing is charged. After it: there was not enough
   * to go on, and a receipt for what was used follows.
   */
  | { type: 'refused'; problem: Problem }
  /** It did not work; `charged` says whether a receipt was given. `message` is for people. */
  | { type: 'failed'; reason: FailureReason; message: string; charged: boolean }

/**
 * `model`: the AI failed. `stopped`: whoever asked stopped it before anything came. `done_before`: this action was charged
 * earlier and its result is not kept here any more. `unsettled`: the result was given but the charge could not be
 * confirmed; the hold expires by itself.
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

/** Starts a run and records what it emits. `work` must not reject. */
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

  const emit: Emit = (event) => {
    events.push(event)
    wake()
  }
  const finish = () => {
    isOver = true
    signal?.removeEventListener('abort', stop)
    wake()
    return events
  }
  const run: Run = { events: { [Symbol.asyncIterator]: listen }, done: Promise.resolve(events), stop }
  run.done = work(emit, controller.signal, run).then(finish)
  return run
}
