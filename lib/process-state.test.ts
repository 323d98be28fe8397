import { afterEach, describe, expect, it, vi } from 'vitest'
import { clearProcessState, peekProcessState, processState, setProcessState } from './process-state'

afterEach(() => clearProcessState('test.counter'))

describe('process state', () => {
  it('creates a value once and returns the same object afterwards', () => {
    const create = vi.fn(() => ({ count: 0 }))
    const first = processState('test.counter', create)
    expect(processState('test.counter', create)).toBe(first)
    expect(create).toHaveBeenCalledTimes(1)
  })

  it('is shared between the server bundle and the Next bundle', async () => {
    const first = processState('test.counter', () => ({ count: 1 }))
    vi.resetModules()
    const copy = await import('./process-state')
    expect(copy.processState).not.toBe(processState)
    expect(copy.processState('test.counter', () => ({ count: 2 }))).toBe(first)
  })

  it('is not created by peeking', () => {
    expect(peekProcessState('test.counter')).toBeUndefined()
    setProcessState('test.counter', 7)
    expect(peekProcessState('test.counter')).toBe(7)
  })
})
