import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Emit, startRun, stopRuns } from './events'

beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue(undefined)
})
afterEach(() => {
  vi.useRealTimers()
})

const text = (text: string) => ({ type: 'text', text }) as const

/** Work that reports its start and its stop. */
async function untilStopped(emit: Emit, signal: AbortSignal): Promise<void> {
  emit(text('begun'))
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
  emit(text('stopped'))
}

test('a listener that joins a run late receives every event from the beginning', async () => {
  const run = startRun(async (emit) => {
    emit(text('one'))
    await Promise.resolve()
    emit(text('two'))
  })
  const listen = async () => {
    const heard = []
    for await (const event of run.events) heard.push(event)
    return heard
  }
  const during = listen()
  const all = [text('one'), text('two')]
  expect(await run.done).toEqual(all)
  expect([await during, await listen()]).toEqual([all, all])
})

test('an abort signal raised before the run begins stops it', async () => {
  const run = startRun(untilStopped, AbortSignal.abort())
  expect(await run.done).toEqual([text('begun'), text('stopped')])
})

test('an unexpected error ends the run with a failure, not the process', async () => {
  const run = startRun(async () => {
    throw new TypeError('a defect')
  })
  expect(await run.done).toMatchObject([{ type: 'failed', charged: false }])
})

test('a run that hangs is abandoned while its hold is still open', async () => {
  vi.useFakeTimers()
  const run = startRun(untilStopped)
  vi.advanceTimersByTime(10 * 60_000)
  expect(await run.done).toEqual([text('begun'), text('stopped')])
})

test('shutting down stops every run and waits for it', async () => {
  const runs = [startRun(untilStopped), startRun(untilStopped)]
  await stopRuns()
  for (const run of runs) expect(await run.done).toEqual([text('begun'), text('stopped')])
})
