'use client'

import { useState } from 'react'
import { Button, type ButtonVariant } from '@/components/ui/button'

type RetryButtonProps = { onRetry: () => void; busy?: boolean; variant?: ButtonVariant; size?: 'sm' | 'md' }

/** Refreshes the page. Does nothing while offline, because the browser would show its own error page. */
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
