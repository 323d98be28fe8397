'use client'

import { useEffect } from 'react'
import { Notice } from '@/components/ui/notice'
import { RetryButton } from '@/components/ui/retry-button'

type SettingsErrorProps = { error: unknown; retry: () => void }

/** Shown if a settings page could not be read; the navigation stays usable. */
export default function SettingsError({ error, retry }: SettingsErrorProps) {
  useEffect(() => {
    console.error(error)
  }, [error])
  return (
    <Notice
      tone="bad"
      role="alert"
      title="This page could not be read."
      action={<RetryButton onRetry={retry} />}
    >
      Your credits are safe: viewing a page never moves any.
    </Notice>
  )
}
