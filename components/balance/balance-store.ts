import { useEffect, useSyncExternalStore } from 'react'
import type { BalanceJson } from '@/lib/contract/account'

/*
 * The signed-in person's balance, shared by all parts of a page: the header chip, the billing page and others. It
 * refreshes every few seconds while the page is visible, on focus, on reconnecting and after a charged action.
 */

/** The refresh intervals of pages about the balance and of all other pages. */
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

/** Publishes a balance that was read elsewhere, such as by the credits page or a new server rendering. */
export function publishBalance(balance: BalanceJson): void {
  current = balance
  readAt = Date.now()
  for (const listener of listeners.keys()) listener()
}

/** Reads the balance now. After a failure, the last balance stays. Once the session has ended, nothing is requested. */
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
    // A failure is ignored, because the next attempt is seconds away.
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

/** The live balance. `initial` is the server's balance at `renderedAt`; a newer rendering replaces it. */
export function useBalance(initial: BalanceJson, renderedAt: string, pace: Pace): BalanceJson {
  const known = useSyncExternalStore(
    pace === 'closely' ? subscribeClosely : subscribeLoosely,
    () => current,
    () => null,
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: each rendering is published once, even if its object changes.
  useEffect(() => publishBalance(initial), [renderedAt])
  return known ?? initial
}
