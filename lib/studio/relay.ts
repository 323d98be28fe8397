import type { Run, RunEvent } from '@/lib/ai/metered'
import { logFailure } from '@/lib/http/log'
import { processState } from '@/lib/process-state'
import type { Design } from './design'

/** What the page is told of a run: its events without their bytes, and what became of them here. */
export type StudioEvent =
  | Exclude<RunEvent, { type: 'media' | 'page' }>
  /** What was made is kept: its item, by public id. */
  | { type: 'kept'; item: string }
  /** The app being edited, after a change. */
  | { type: 'design'; design: Design }

export type StudioRun = { events: AsyncIterable<StudioEvent>; done: Promise<unknown>; stop(): void }

/** Runs of this process that are not over, so that another request can stop one or be told of it too. */
function running(): Map<string, StudioRun> {
  return processState('studio-runs', () => new Map<string, StudioRun>())
}

type Relay = {
  /** Whose run of which action: nobody else can name it. */
  accountId: string
  actionId: string
  start(): Run
  /** What the page is told of one event. */
  tell(event: RunEvent): StudioEvent[]
  /** Keeps what came of it, whether anybody still listens or not, and says so. */
  keep(events: readonly RunEvent[]): Promise<StudioEvent[]>
}

/** Starts a run, or joins the one of the same action that is under way. */
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

/** Ends a run early: what it used is charged. False when no such run is under way in this process. */
export function stopRun(accountId: string, actionId: string): boolean {
  const run = running().get(`${accountId} ${actionId}`)
  run?.stop()
  return run !== undefined
}

/** A run that has nothing left to do but say so. */
export function toldAtOnce(events: StudioEvent[]): StudioRun {
  async function* listen(): AsyncGenerator<StudioEvent> {
    yield* events
  }
  return { events: { [Symbol.asyncIterator]: listen }, done: Promise.resolve(), stop: () => undefined }
}
