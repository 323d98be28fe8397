import type { Metadata } from 'next'
import { LinkButton } from '@/components/ui/link-button'
import { ColumnShell } from '@/components/ui/shell'

export const metadata: Metadata = { title: 'Page not found' }

export default function NotFound() {
  return (
    <ColumnShell>
      <p className="text-sm text-muted tabular-nums">404</p>
      <h1 className="mt-2 text-2xl font-medium tracking-tight">There is no page at this address.</h1>
      <p className="mt-3 max-w-prose text-muted">
        It may have moved, or you may be signed in to an account that cannot see it.
      </p>
      <div className="mt-8 flex flex-wrap gap-3">
        <LinkButton href="/settings/credits" variant="primary">
          Go to your credits
        </LinkButton>
        <LinkButton href="/">Go to the home page</LinkButton>
      </div>
    </ColumnShell>
  )
}
