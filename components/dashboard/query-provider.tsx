'use client'

import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { usePathname, useSearchParams } from 'next/navigation'
import { type ReactNode, useState } from 'react'
import { ApiError } from '@/components/dashboard/api-client'
import { LinkButton } from '@/components/ui/link-button'
import { Notice } from '@/components/ui/notice'

/** Provides the query client of dashboard pages, and shows a notice if the session ends while a page is open. */
export function QueryProvider({ children }: { children: ReactNode }) {
  const [signedOut, setSignedOut] = useState(false)
  const [client] = useState(
    () =>
      new QueryClient({
        queryCache: new QueryCache({
          onError: (error) => {
            if (error instanceof ApiError && error.isSignedOut) setSignedOut(true)
          },
          onSuccess: () => setSignedOut(false),
        }),
      }),
  )
  return (
    <QueryClientProvider client={client}>
      {signedOut && <SignedOutNotice />}
      {children}
    </QueryClientProvider>
  )
}

function SignedOutNotice() {
  const pathname = usePathname()
  const search = useSearchParams()
  const here = search.size === 0 ? pathname : `${pathname}?${search}`
  const href = `/signin?returnTo=${encodeURIComponent(here)}`
  return (
    <div className="mb-6">
      <Notice
        tone="warn"
        role="alert"
        title="You are signed out."
        action={
          <LinkButton href={href} variant="primary" size="sm">
            Sign in
          </LinkButton>
        }
      >
        This page shows the last known state.
      </Notice>
    </div>
  )
}
