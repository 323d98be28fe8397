'use client'

import { useEffect, useState } from 'react'

/** Counts how often the page was restored from the browser's cache, after which no earlier action is under way. */
export function useVisits(): number {
  const [visits, setVisits] = useState(0)
  useEffect(() => {
    const onShow = (event: PageTransitionEvent) => {
      if (event.persisted) setVisits((count) => count + 1)
    }
    window.addEventListener('pageshow', onShow)
    return () => window.removeEventListener('pageshow', onShow)
  }, [])
  return visits
}
