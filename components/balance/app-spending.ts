'use client'

import { useEffect, useSyncExternalStore } from 'react'

/** The spending of the current page's app, for the balance in the header. */
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

/** The app on this page, if any. */
export function useAppSpending(): AppSpending | null {
  return useSyncExternalStore(
    subscribe,
    () => shown,
    () => null,
  )
}

/** Passes the page's app to the header while the page is mounted. */
export function ShowAppSpending({ name, words }: AppSpending): null {
  useEffect(() => {
    show({ name, words })
    return () => show(null)
  }, [name, words])
  return null
}
