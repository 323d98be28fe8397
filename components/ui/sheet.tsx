'use client'

import { Overlay, type OverlayProps } from '@/components/ui/overlay'

/** Details that slide in from the right; full width on a phone. */
export function Sheet(props: OverlayProps) {
  return <Overlay {...props} className="animate-sheet inset-y-0 right-0 w-full border-l sm:max-w-md" />
}
