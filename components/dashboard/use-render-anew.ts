import { useRouter } from 'next/navigation'
import { useEffect } from 'react'

/** Requests a new server rendering if the browser can no longer update the one of `renderedAt`. */
export function useRenderAnew(outdated: boolean, renderedAt: string): void {
  const router = useRouter()
  useEffect(() => {
    if (outdated && renderedAt) router.refresh()
  }, [outdated, renderedAt, router])
}
