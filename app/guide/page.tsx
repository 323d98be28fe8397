import type { Metadata } from 'next'
import Link from 'next/link'
import { Contents } from '@/app/guide/contents'
import { guideFacts } from '@/app/guide/facts'
import { SharingTopics } from '@/app/guide/sharing'
import { SpendingTopics } from '@/app/guide/spending'
import { PageHeader, SidebarShell } from '@/components/ui/shell'
import { currentCatalog } from '@/lib/catalogs/current'

export const metadata: Metadata = {
  title: 'Guide to credits',
  description:
    'What credits are, what each operation costs, who pays, what the premium is for, what happens at zero.',
}

export default async function GuidePage() {
  const facts = guideFacts(currentCatalog())
  return (
    <SidebarShell nav={<Contents />}>
      <PageHeader
        title="Guide to credits"
        description={
          <>
            How credits work, in plain words. Programs can use{' '}
            <Link href="/docs/api" className="text-accent underline underline-offset-4">
              the API
            </Link>
            .
          </>
        }
      />
      <div className="mt-10">
        <SpendingTopics facts={facts} />
        <div className="mt-12">
          <SharingTopics facts={facts} />
        </div>
      </div>
    </SidebarShell>
  )
}
