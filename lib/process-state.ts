/**
 * `server.ts` and Next bundle `lib` separately, so a module variable would exist twice per process: two pools, two batchers,
 * two limiters. State that must exist once is stored under one `globalThis` key shared by all bundles.
 */
const KEY = Symbol.for('ai-credits.process-state')

type StateHolder = typeof globalThis & { [KEY]?: Map<string, unknown> }

function stateOfProcess(): Map<string, unknown> {
  const holder = globalThis as StateHolder
  holder[KEY] ??= new Map()
  return holder[KEY]
}

/**
 * The process-wide value called `name`, created on first use. Every caller of a name must use the same type: the first
 * bundle that asks creates the value, and the other receives the same object.
 */
export function processState<T>(name: string, create: () => T): T {
  const state = stateOfProcess()
  if (!state.has(name)) state.set(name, create())
  return state.get(name) as T
}

/** The process-wide value called `name` if it exists; never creates it. */
export function peekProcessState<T>(name: string): T | undefined {
  return stateOfProcess().get(name) as T | undefined
}

export function setProcessState<T>(name: string, value: T): void {
  stateOfProcess().set(name, value)
}

export function clearProcessState(name: string): void {
  stateOfProcess().delete(name)
}
