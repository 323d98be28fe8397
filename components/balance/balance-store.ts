import { useEffect, useSyncExternalStore } from 'react'
import type { BalanceJson } from '@/lib/contract/account'

/*
 * The balance of the signed-in person, once for all of a page: the chip in the header, the billing page and whoever else shows it.
 * It is read anew every few seconds while the page is visible, on focus, on reconnecting and after an action that was charged.
 */

/** How soon a charge made elsewhere appears: where the page is about the balance, and where it is beside the point. */
const REFRESH_MS = { closely: 4_000, loosely: 20_000 }
export type Pace = keyof typeof REFRESH_MS

const TIMEOUT_MS = 10_000

type Listener = () => void

let current: BalanceJson | null = null
let isEnded = false
let isReading = false
let readAt = 0
const listeners = new Map<Listener, Pace>()
let timer: ReturnType<typeof setInterval> | undefined

/** Shows a balance that was read elsewhere, such as by the credits page or by a new rendering of the server. */
export function publishBalance(balance: BalanceJson): void {
  current = balance
  readAt = Date.now()
  for (const listener of listeners.keys()) listener()
}

/** Reads the balance now. What cannot be read stays as it was; a session that ended is not asked again. */
export async function refreshBalance(): Promise<void> {
  if (listeners.size === 0 || isEnded || isReading || !navigator.onLine) return
  isReading = true
  try {
    const answer = await fetch('/api/v1/balance', {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    isEnded = answer.status === 401
    if (answer.ok) publishBalance(await answer.json())
  } catch {
    // The next time is seconds away.
  } finally {
    isReading = false
  }
}

function tick(): void {
  const paces = [...listeners.values()]
  const wait = paces.includes('closely') ? REFRESH_MS.closely : REFRESH_MS.loosely
  const isDue = Date.now() - readAt >= wait
  if (isDue && document.visibilityState === 'visible') void refreshBalance()
}

function onSight(): void {
  if (document.visibilityState === 'visible') void refreshBalance()
}

function subscribe(listener: Listener, pace: Pace): () => void {
  if (listeners.size === 0) {
    readAt = Date.now()
    timer = setInterval(tick, 1_000)
    document.addEventListener('visibilitychange', onSight)
    window.addEventListener('focus', onSight)
    window.addEventListener('online', onSight)
  }
  listeners.set(listener, pace)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    document.removeEventListener('visibilitychange', onSight)
    window.removeEventListener('focus', onSight)
    window.removeEventListener('online', onSight)
  }
}

const subscribeClosely = (listener: Listener) => subscribe(listener, 'closely')
const subscribeLoosely = (listener: Listener) => subscribe(listener, 'loosely')

/** The balance, kept current. `initial`: as the server rendered it at `renderedAt`; a newer rendering takes its place. */
export function useBalance(initial: BalanceJson, renderedAt: string, pace: Pace): BalanceJson {
  const known = useSyncExternalStore(
    pace === 'closely' ? subscribeClosely : subscribeLoosely,
    () => current,
    () => null,
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same rendering is published once, whatever object it is.
  useEffect(() => publishBalance(initial), [renderedAt])
  return known ?? initial
}
