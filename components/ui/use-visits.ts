'use client'

import { useEffect, useState } from 'react'

/**
 * Counts how many times the browser restored the page from its cache. No action from before a restoration is still
 * under way.
 */
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
