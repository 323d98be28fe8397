'use client'

import { useState } from 'react'
import { Button, type ButtonVariant } from '@/components/ui/button'

type RetryButtonProps = { onRetry: () => void; busy?: boolean; variant?: ButtonVariant; size?: 'sm' | 'md' }

/** Renders the page anew. While offline it does not try: the browser would put its own error page in the place of this one. */
export function RetryButton({ onRetry, busy = false, variant, size = 'sm' }: RetryButtonProps) {
  const [isOffline, setIsOffline] = useState(false)
  return (
    <>
      <Button
        size={size}
        variant={variant}
        busy={busy}
        onClick={() => {
          setIsOffline(!navigator.onLine)
          if (navigator.onLine) onRetry()
        }}
      >
        Try again
      </Button>
      {isOffline && (
        <p role="alert" className="self-center text-label">
          You are offline.
        </p>
      )}
    </>
  )
}
