// Answers: whose is this, and is anything wrong?

import Link from 'next/link'
import { redirect } from 'next/navigation'
import { Streamed } from '@/app/streamed'
import { NoticeSummary } from '@/components/operator/notice-summary'
import { accountPath, subjectPath } from '@/components/operator/paths'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/empty-state'
import { Input } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { Panel } from '@/components/ui/panel'
import { PageHeader } from '@/components/ui/shell'
import { Skeleton } from '@/components/ui/skeleton'
import type { Context } from '@/lib/context'
import { type FindResult, findAccounts, type Hit } from '@/lib/operator/find-accounts'
import { readNotices } from '@/lib/operator/read-notices'
import { staffContext } from './staff-context'

type FindPageProps = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function FindPage({ searchParams }: FindPageProps) {
  const { q } = await searchParams
  const query = typeof q === 'string' ? q.trim() : ''
  const { ctx } = await staffContext()
  const found = query === '' ? null : await findAccounts(ctx, { query })
  const [only, ...others] = found?.hits ?? []
  if (only && others.length === 0) redirect(hrefOf(only))
  return (
    <>
      <PageHeader
        title="Find an account"
        description="By e-mail, name, user id or external id; an id of a charge, hold, grant or refund; a payment, refund, dispute, checkout or customer of Stripe, an invoice or its number; a reference."
      />
      <search>
        <form action="/operator" className="flex items-end gap-3">
          <Input
            key={query}
            label="What you were told"
            name="q"
            type="search"
            defaultValue={query}
            required
            maxLength={255}
            autoComplete="off"
            className="flex-1"
          />
          <Button type="submit" variant="primary">
            Find
          </Button>
        </form>
      </search>
      <div className="mt-6">
        {found === null ? (
          <Streamed here="/operator" fallback={<Skeleton className="h-40" />}>
            <WorthALook ctx={ctx} />
          </Streamed>
        ) : (
          <Found found={found} query={query} />
        )}
      </div>
    </>
  )
}

function hrefOf({ accountId, subject }: Hit): string {
  return subject === null ? accountPath(accountId) : subjectPath(accountId, subject)
}

async function WorthALook({ ctx }: { ctx: Context }) {
  return <NoticeSummary notices={await readNotices(ctx, { accountId: null })} />
}

function Found({ found: { hits, isCut, isStripeAway }, query }: { found: FindResult; query: string }) {
  return (
    <div className="space-y-4">
      {isStripeAway && (
        <Notice tone="warn" title="Stripe does not answer">
          An id of Stripe’s can be looked up again in a moment.
        </Notice>
      )}
      <Panel flush title={hits.length === 0 ? undefined : `${hits.length}${isCut ? ' or more' : ''} found`}>
        {hits.length === 0 ? (
          <EmptyState title={`Nothing is known as “${query}”`}>
            E-mails, ids and references are looked up whole; names from their beginning.
          </EmptyState>
        ) : (
          <ul className="divide-y divide-line border-t border-line">
            {hits.map((hit) => (
              <li key={`${hit.accountId} ${hit.subject}`}>
                <Link
                  href={hrefOf(hit)}
                  className="flex flex-wrap items-center justify-between gap-x-6 gap-y-1 px-5 py-3 text-sm hover:bg-sunken focus-visible:-outline-offset-2 sm:px-6"
                >
                  <span className="min-w-0">
                    <span className="block font-medium">{hit.name ?? hit.email}</span>
                    <span className="block break-all text-label text-muted">
                      {[hit.name && hit.email, hit.externalId, hit.subject].filter(Boolean).join(' · ')}
                    </span>
                  </span>
                  <Badge>{hit.as}</Badge>
                </Link>
              </li>
            ))}
          </ul>
        )}
      </Panel>
    </div>
  )
}
