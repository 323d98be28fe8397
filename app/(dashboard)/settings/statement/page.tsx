// Answers: which movements of credits made my balance what it is? If nothing is sold here, this page takes the place of
// the billing page, which ends with the same statement.

import type { Metadata } from 'next'
import { Streamed } from '@/app/streamed'
import { ListSkeleton } from '@/components/billing/list-skeleton'
import { PageHeader } from '@/components/ui/shell'
import { pageContext, requireViewer } from '@/lib/auth/viewer'
import { Statement } from './statement'

export const metadata: Metadata = { title: 'Statement' }

type StatementPageProps = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function StatementPage({ searchParams }: StatementPageProps) {
  const { statement } = await searchParams
  const cursor = typeof statement === 'string' && statement !== '' ? statement : undefined
  const here = pathFrom(cursor)
  const viewer = await requireViewer(here)
  return (
    <>
      <PageHeader
        title="Statement"
        description="Every movement of your credits, in and out, with the balance after it (available and held)."
      />
      <Streamed key={cursor} here={here} fallback={<ListSkeleton label="Loading your statement" />}>
        <Statement ctx={pageContext(viewer)} accountId={viewer.userId} cursor={cursor} linkTo={pathFrom} />
      </Streamed>
    </>
  )
}

function pathFrom(cursor: string | undefined): string {
  return cursor === undefined
    ? '/settings/statement'
    : `/settings/statement?${new URLSearchParams({ statement: cursor })}`
}
