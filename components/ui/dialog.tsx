'use client'

import { Overlay, type OverlayProps } from '@/components/ui/overlay'

/** A question that must be answered before anything else. */
export function Dialog(props: OverlayProps) {
  return (
    <Overlay
      {...props}
      className="animate-overlay top-1/2 left-1/2 max-h-[85dvh] w-[calc(100%-2rem)] max-w-md -translate-x-1/2 -translate-y-1/2 rounded-lg border"
    />
  )
}
