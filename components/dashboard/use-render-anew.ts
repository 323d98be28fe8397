import { useRouter } from 'next/navigation'
import { useEffect } from 'react'

/** Has the server render the page once more when what it rendered at `renderedAt` can no longer be brought up to date here. */
export function useRenderAnew(outdated: boolean, renderedAt: string): void {
  const router = useRouter()
  useEffect(() => {
    if (outdated && renderedAt) router.refresh()
  }, [outdated, renderedAt, router])
}
