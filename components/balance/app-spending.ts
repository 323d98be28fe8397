'use client'

import { useEffect, useSyncExternalStore } from 'react'

/** The spending of the app on the current page, for the balance in the header. */
export type AppSpending = {
  name: string
  /** "3 of 200 credits this month". */
  words: string
}

let shown: AppSpending | null = null
const listeners = new Set<() => void>()

function show(spending: AppSpending | null): void {
  shown = spending
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Returns the app on the current page, or null. */
export function useAppSpending(): AppSpending | null {
  return useSyncExternalStore(
    subscribe,
    () => shown,
    () => null,
  )
}

/** Tells the header which app the page shows, while the page is mounted. */
export function ShowAppSpending({ name, words }: AppSpending): null {
  useEffect(() => {
    show({ name, words })
    return () => show(null)
  }, [name, words])
  return null
}
