import { describe, expect, it, vi } from 'vitest'
import { Unavailable } from '@/lib/errors'
import { Batcher, type BatcherOptions } from './batcher'

const OPTIONS: BatcherOptions = {
  sizeMax: 10,
  connectionsMax: 2,
  queueMax: 1_000,
  waitMsMax: 60_000,
  lingerBelow: 1,
  lingerMsMax: 5,
  loadMin: 1_000,
}

type Call = { items: number[]; connection: number; finish(): void; fail(error: Error): void }

/** A batcher whose calls finish when the test decides. Each call returns its items doubled. */
function openBatcher(options: Partial<BatcherOptions> = {}, accountOf: (item: number) => string = String) {
  const calls: Call[] = []
  const send = (items: number[], connection: number) =>
    new Promise<number[]>((resolve, reject) => {
      calls.push({ items, connection, finish: () => resolve(items.map((item) => item * 2)), fail: reject })
    })
  const batcher = new Batcher<number, number>({ ...OPTIONS, ...options }, accountOf, send)
  return { batcher, calls }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}

/** Finishes calls until none are left. */
async function finishAll(batcher: Batcher<number, number>, calls: Call[]): Promise<void> {
  const drained = batcher.drained()
  let ended = 0
  const finishNext = () => {
    for (; ended < calls.length; ended++) calls[ended]?.finish()
    return batcher.queued
  }
  await Promise.race([drained, expect.poll(finishNext).toBe(0)])
  for (; ended < calls.length; ended++) calls[ended]?.finish()
  await drained
}

describe('batcher', () => {
  it('sends items that arrive together in one call and returns each item’s own result', async () => {
    const { batcher, calls } = openBatcher()
    const results = Promise.all(range(0, 5).map((item) => batcher.run(item)))
    await expect.poll(() => calls.length).toBe(1)
    expect(calls[0]?.items).toEqual([0, 1, 2, 3, 4])
    calls[0]?.finish()
    expect(await results).toEqual([0, 2, 4, 6, 8])
  })

  it('keeps the order of arrival and the limits on call size and connections', async () => {
    const { batcher, calls } = openBatcher()
    const results = Promise.all(range(0, 35).map((item) => batcher.run(item)))
    await expect.poll(() => calls.length).toBe(2)
    expect(calls.map((call) => call.items)).toEqual([range(0, 10), range(10, 20)])
    expect(new Set(calls.map((call) => call.connection)).size).toBe(2)
    expect(batcher.queued).toBe(15)
    calls[0]?.finish()
    await expect.poll(() => calls.length).toBe(3)
    expect(calls[2]).toMatchObject({ items: range(20, 30), connection: calls[0]?.connection })
    await finishAll(batcher, calls)
    expect(await results).toEqual(range(0, 35).map((item) => item * 2))
  })

  it('sends a lone item immediately and lets a few items linger only while a call is under way', async () => {
    const { batcher, calls } = openBatcher({ lingerBelow: 4, lingerMsMax: 60_000 })
    void batcher.run(1)
    await expect.poll(() => calls.length).toBe(1)
    const others = [batcher.run(2), batcher.run(3), batcher.run(4)]
    // After two turns the items would have been sent if they did not linger.
    await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
    expect(calls).toHaveLength(1)
    const last = batcher.run(5)
    await expect.poll(() => calls.length).toBe(2)
    expect(calls[1]?.items).toEqual([2, 3, 4, 5])
    calls[0]?.finish()
    calls[1]?.finish()
    expect(await Promise.all([...others, last])).toEqual([4, 6, 8, 10])
  })

  it('lets items linger for a few milliseconds at most', async () => {
    const { batcher, calls } = openBatcher({ lingerBelow: 4, lingerMsMax: 5 })
    void batcher.run(1)
    await expect.poll(() => calls.length).toBe(1)
    void batcher.run(2)
    await expect.poll(() => calls.length).toBe(2)
    await finishAll(batcher, calls)
  })

  it('lingers after a large call as long as more items arrive', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const { batcher, calls } = openBatcher({ lingerBelow: 6, lingerMsMax: 4, loadMin: 4 })
    const turns = async () => {
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
    const sent = async () => {
      await turns()
      return calls.at(-1)?.items
    }
    const end = async () => {
      calls.at(-1)?.finish()
      await turns()
    }
    try {
      void batcher.runTogether(range(0, 4))
      expect(await sent()).toEqual(range(0, 4))
      await end()
      // No call is under way, but more items are expected: the item is sent with them …
      void batcher.run(4)
      expect(await sent()).toEqual(range(0, 4))
      void batcher.runTogether(range(5, 10))
      expect(await sent()).toEqual(range(4, 10))
      await end()
      // … or once no item has arrived for a moment …
      void batcher.run(10)
      expect(await sent()).toEqual(range(4, 10))
      void batcher.runTogether([11, 12, 13])
      vi.advanceTimersByTime(1)
      expect(await sent()).toEqual(range(4, 10))
      vi.advanceTimersByTime(1)
      expect(await sent()).toEqual(range(10, 14))
      await end()
      // … or after four milliseconds, even if items keep arriving.
      void batcher.run(14)
      await turns()
      for (let item = 15; item < 19; item++) {
        expect(await sent()).toEqual(range(10, 14))
        void batcher.run(item)
        vi.advanceTimersByTime(1)
      }
      expect(await sent()).toEqual(range(14, 19))
      await end()
      // An item that arrived during a call waits no longer than that after the call ends.
      void batcher.runTogether(range(30, 36))
      expect(await sent()).toEqual(range(30, 36))
      void batcher.run(36)
      expect(await sent()).toEqual(range(30, 36))
      await end()
      expect(await sent()).toEqual(range(30, 36))
      vi.advanceTimersByTime(1)
      expect(await sent()).toEqual([36])
      await end()
      void batcher.runTogether(range(40, 46))
      expect(await sent()).toEqual(range(40, 46))
      await end()
      void batcher.runTogether([19, 20])
      await turns()
      vi.advanceTimersByTime(2)
      expect(await sent()).toEqual([19, 20])
      await end()
      // The last call was small, so a lone item is again sent immediately.
      void batcher.run(21)
      expect(await sent()).toEqual([21])
      await end()
    } finally {
      vi.useRealTimers()
    }
  })

  it('sends a group as if its items had arrived at the same time, in as many calls as it needs', async () => {
    const { batcher, calls } = openBatcher()
    const single = range(0, 4).map((item) => batcher.run(item))
    const group = batcher.runTogether(range(4, 16))
    await expect.poll(() => calls.length).toBe(2)
    expect(calls.map((call) => call.items)).toEqual([range(0, 10), range(10, 16)])
    for (const call of calls) call.finish()
    expect(await group).toEqual(range(4, 16).map((item) => item * 2))
    await Promise.all(single)
    expect(await batcher.runTogether([])).toEqual([])
  })

  it('never puts an account in two concurrent calls and keeps each account’s order', async () => {
    // The tens digit is the account: 10, 11 and 12 belong to account 1.
    const { batcher, calls } = openBatcher({ sizeMax: 3 }, (item) => String(Math.floor(item / 10)))
    const results = batcher.runTogether([10, 20, 11, 12, 30, 21, 13, 40])
    await expect.poll(() => calls.length).toBe(2)
    expect(calls.map((call) => call.items)).toEqual([
      [10, 20, 11],
      [30, 40],
    ])
    calls[1]?.finish()
    await expect.poll(() => batcher.queued).toBe(3)
    expect(calls).toHaveLength(2)
    calls[0]?.finish()
    await expect.poll(() => calls.length).toBe(3)
    expect(calls[2]?.items).toEqual([12, 21, 13])
    calls[2]?.finish()
    expect(await results).toEqual([20, 40, 22, 24, 60, 42, 26, 80])
  })

  it('refuses items that do not fit in the queue with Unavailable and a retry time', async () => {
    const { batcher, calls } = openBatcher({ queueMax: 20 })
    const first = range(0, 20).map((item) => batcher.run(item))
    const refused = await batcher.run(99).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(Unavailable)
    expect(refused).toMatchObject({ retryAfterSeconds: 1 })
    await expect(batcher.runTogether([1, 2])).rejects.toBeInstanceOf(Unavailable)
    await finishAll(batcher, calls)
    expect(await Promise.all(first)).toEqual(range(0, 20).map((item) => item * 2))
    expect(calls.flatMap((call) => call.items)).not.toContain(99)
  })

  it('refuses an item that has waited too long for a connection and never sends it', async () => {
    const { batcher, calls } = openBatcher({ connectionsMax: 1, waitMsMax: 300 })
    const first = batcher.run(1)
    await expect.poll(() => calls.length).toBe(1)
    const since = performance.now()
    // The call in progress does not finish, and no other item arrives.
    expect(await batcher.run(2).catch((error: unknown) => error)).toBeInstanceOf(Unavailable)
    // Timers may end a millisecond early.
    expect(performance.now() - since).toBeGreaterThan(298)
    calls[0]?.finish()
    expect(await first).toBe(2)
    expect(calls).toHaveLength(1)
    void batcher.run(3)
    await expect.poll(() => calls.length).toBe(2)
    expect(await batcher.run(4).catch((error: unknown) => error)).toBeInstanceOf(Unavailable)
    calls[1]?.finish()
  })

  it('rejects all items of a failed call and continues with the next call', async () => {
    const { batcher, calls } = openBatcher({ connectionsMax: 1 })
    const failing = [batcher.run(1), batcher.run(2)].map((result) => result.catch((error: unknown) => error))
    await expect.poll(() => calls.length).toBe(1)
    const later = batcher.run(3)
    calls[0]?.fail(new Error('connection lost'))
    for (const error of await Promise.all(failing))
      expect(error).toMatchObject({ message: 'connection lost' })
    await expect.poll(() => calls.length).toBe(2)
    calls[1]?.finish()
    expect(await later).toBe(6)
  })

  it('rejects all items of a call that returns fewer results than items', async () => {
    const batcher = new Batcher<number, number>(OPTIONS, String, async () => [7])
    const results = await Promise.allSettled([batcher.run(1), batcher.run(2)])
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected'])
  })

  it('is drained once no item waits and no call is under way', async () => {
    const { batcher, calls } = openBatcher({ connectionsMax: 1, sizeMax: 2 })
    await batcher.drained()
    const results = Promise.all(range(0, 6).map((item) => batcher.run(item)))
    let isDrained = false
    const drained = batcher.drained().then(() => {
      isDrained = true
    })
    for (const count of [1, 2, 3]) {
      await expect.poll(() => calls.length).toBe(count)
      expect(isDrained).toBe(false)
      calls[count - 1]?.finish()
    }
    await drained
    expect(await results).toEqual(range(0, 6).map((item) => item * 2))
  })
})
