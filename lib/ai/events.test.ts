import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Emit, startRun, stopRuns } from './events'

beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue(undefined)
})
afterEach(() => {
  vi.useRealTimers()
})

const text = (text: string) => ({ type: 'text', text }) as const

/** Work that says when it begins and that it was stopped. */
async function untilStopped(emit: Emit, signal: AbortSignal): Promise<void> {
  emit(text('begun'))
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
  emit(text('stopped'))
}

test('whoever listens, and when, is told everything from the beginning', async () => {
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

test('a signal that was given up before the run began stops it', async () => {
  const run = startRun(untilStopped, AbortSignal.abort())
  expect(await run.done).toEqual([text('begun'), text('stopped')])
})

test('a defect ends the run with a failure and not the process', async () => {
  const run = startRun(async () => {
    throw new TypeError('a defect')
  })
  expect(await run.done).toMatchObject([{ type: 'failed', charged: false }])
})

test('a run that hangs is given up while its hold is still open', async () => {
  vi.useFakeTimers()
  const run = startRun(untilStopped)
  vi.advanceTimersByTime(10 * 60_000)
  expect(await run.done).toEqual([text('begun'), text('stopped')])
})

test('at the end of the process every run is stopped, and waited for', async () => {
  const runs = [startRun(untilStopped), startRun(untilStopped)]
  await stopRuns()
  for (const run of runs) expect(await run.done).toEqual([text('begun'), text('stopped')])
})
