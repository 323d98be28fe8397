import type { ReactNode } from 'react'
import { LinkButton } from '@/components/ui/link-button'
import { Notice } from '@/components/ui/notice'
import { PageHeader } from '@/components/ui/shell'

/** A page that cannot say more while Stripe does not respond. `children` say what that means for the reader's money. */
export function StripeSilent({
  title,
  here,
  children,
}: {
  title: string
  here: string
  children: ReactNode
}) {
  return (
    <>
      <PageHeader title={title} />
      <Notice
        tone="warn"
        title="Stripe is not responding right now."
        action={
          <LinkButton href={here} variant="primary" size="sm" prefetch={false}>
            Try again
          </LinkButton>
        }
      >
        {children}
      </Notice>
    </>
  )
}
