'use client'

import { useEffect } from 'react'
import { LinkButton } from '@/components/ui/link-button'
import { RetryButton } from '@/components/ui/retry-button'
import { ColumnShell } from '@/components/ui/shell'

type ErrorPageProps = { error: unknown; retry: () => void }

/** The digest under which the server logged the error; null if the error happened in the browser. */
function digestOf(error: unknown): string | null {
  return error instanceof Error && 'digest' in error && typeof error.digest === 'string' ? error.digest : null
}

export default function ErrorPage({ error, retry }: ErrorPageProps) {
  const digest = digestOf(error)

  useEffect(() => {
    console.error(error)
  }, [error])

  return (
    <ColumnShell>
      <h1 className="text-2xl font-medium tracking-tight">This page could not be shown.</h1>
      <p className="mt-3 max-w-prose text-muted">
        Opening a page never moves credits, so nothing was charged. Trying again often helps.
      </p>
      {digest && (
        <p className="mt-3 text-label text-muted">
          If it does not, tell us this reference: <code className="font-mono text-ink">{digest}</code>
        </p>
      )}
      <div className="mt-8 flex flex-wrap gap-3">
        <RetryButton variant="primary" size="md" onRetry={retry} />
        <LinkButton href="/">Go to the home page</LinkButton>
      </div>
    </ColumnShell>
  )
}
