import type { Metadata } from 'next'
import { LinkButton } from '@/components/ui/link-button'
import { ColumnShell, PageHeader } from '@/components/ui/shell'

export const metadata: Metadata = { title: 'Check your mail' }

export default function LinkSentPage() {
  return (
    <ColumnShell>
      <div className="mx-auto max-w-md">
        <PageHeader
          title="Check your mail"
          description="If the address is right, a link to sign in is on its way. It works once, within 24 hours."
        />
        <LinkButton href="/signin">Use another address</LinkButton>
      </div>
    </ColumnShell>
  )
}
