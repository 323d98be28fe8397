'use client'

import { useEffect, useState } from 'react'

/** How often the page was left and shown again as it was: then what was under way no longer is. */
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
