import type { Run, RunEvent } from '@/lib/ai/metered'
import { logFailure } from '@/lib/http/log'
import { processState } from '@/lib/process-state'
import type { Design } from './design'

/** The events of a run as sent to the page: without bytes, but with the saved items. */
export type StudioEvent =
  | Exclude<RunEvent, { type: 'media' | 'page' }>
  /** The result was saved as this item (public id). */
  | { type: 'kept'; item: string }
  /** The edited app, after a change. */
  | { type: 'design'; design: Design }

export type StudioRun = { events: AsyncIterable<StudioEvent>; done: Promise<unknown>; stop(): void }

/** The active runs of this process, so that another request can stop or join one. */
function running(): Map<string, StudioRun> {
  return processState('studio-runs', () => new Map<string, StudioRun>())
}

type Relay = {
  /** The owner and action of the run, so that nobody else can refer to it. */
  accountId: string
  actionId: string
  start(): Run
  /** Converts one event for the page. */
  tell(event: RunEvent): StudioEvent[]
  /** Saves the result, even without listeners, and reports it. */
  keep(events: readonly RunEvent[]): Promise<StudioEvent[]>
}

/** Starts a run, or joins the active run of the same action. */
export function relayRun({ accountId, actionId, start, tell, keep }: Relay): StudioRun {
  const key = `${accountId} ${actionId}`
  const underWay = running().get(key)
  if (underWay) return underWay
  const run = start()
  const kept = run.done.then(keep).catch((error: unknown) => {
    logFailure(error, { requestId: 'none', route: 'keep what an action made' })
    return []
  })
  const done = kept.finally(() => running().delete(key))
  async function* listen(): AsyncGenerator<StudioEvent> {
    for await (const event of run.events) yield* tell(event)
    yield* await kept
  }
  const relayed = { events: { [Symbol.asyncIterator]: listen }, done, stop: () => run.stop() }
  running().set(key, relayed)
  return relayed
}

/** Stops a run early and charges its usage. Returns false if this process has no such active run. */
export function stopRun(accountId: string, actionId: string): boolean {
  const run = running().get(`${accountId} ${actionId}`)
  run?.stop()
  return run !== undefined
}

/** Creates a finished run with the given events. */
export function toldAtOnce(events: StudioEvent[]): StudioRun {
  async function* listen(): AsyncGenerator<StudioEvent> {
    yield* events
  }
  return { events: { [Symbol.asyncIterator]: listen }, done: Promise.resolve(), stop: () => undefined }
}
