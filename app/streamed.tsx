import { cookies } from 'next/headers'
import { type ReactNode, Suspense } from 'react'
import { SCRIPTS_OFF_COOKIE } from '@/components/ui/scripts-cookie'

type StreamedProps = {
  /** The path of this page, with its query. */
  here: string
  fallback?: ReactNode
  children: ReactNode
}

/**
 * A part of a page that is streamed after the rest. A script moves it into place, so a browser without scripts needs
 * the whole page immediately: the placeholder redirects it to a route that records this and redirects back.
 */
export async function Streamed({ here, fallback = null, children }: StreamedProps) {
  if ((await cookies()).has(SCRIPTS_OFF_COOKIE)) return children
  return (
    <Suspense
      fallback={
        <>
          {fallback}
          <noscript>
            <meta httpEquiv="refresh" content={`0; url=/without-scripts?to=${encodeURIComponent(here)}`} />
          </noscript>
        </>
      }
    >
      {children}
    </Suspense>
  )
}
