// Answers: whose is this, and is anything wrong?

import Link from 'next/link'
import { redirect } from 'next/navigation'
import { Fragment } from 'react'
import { Streamed } from '@/app/streamed'
import { DateTime } from '@/components/format/date-time'
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
import { getEnv } from '@/lib/env'
import { type FindResult, findAccounts, type Hit } from '@/lib/operator/find-accounts'
import { readNotices } from '@/lib/operator/read-notices'
import { listRecentAccounts, type RecentAccount } from '@/lib/operator/recent-accounts'
import { staffContext } from './staff-context'

const ROW =
  'flex flex-wrap items-center justify-between gap-x-6 gap-y-1 px-5 py-3 text-sm hover:bg-sunken focus-visible:-outline-offset-2 sm:px-6'

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
        description={`By part of a name, e-mail or external id; by the id, or its beginning, of a user, charge, hold, grant or refund; ${getEnv().hasBilling ? 'by a Stripe payment, refund, dispute, checkout or customer; by an invoice or its number; ' : ''}or by a reference.`}
      />
      <search>
        <form action="/operator" className="flex items-end gap-3">
          <Input
            key={query}
            label="Search"
            aria-keyshortcuts="/"
            placeholder="Press / to search"
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
          <div className="space-y-6">
            <Streamed here="/operator" fallback={<Skeleton className="h-40" />}>
              <WorthALook ctx={ctx} />
            </Streamed>
            <RecentAccounts accounts={await listRecentAccounts(ctx)} />
          </div>
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
  return (
    <NoticeSummary notices={await readNotices(ctx, { accountId: null })} hasBilling={getEnv().hasBilling} />
  )
}

function Found({ found: { hits, isCut, isStripeAway }, query }: { found: FindResult; query: string }) {
  return (
    <div className="space-y-4">
      {isStripeAway && (
        <Notice tone="warn" title="Stripe is not responding">
          Search for the Stripe id again in a moment.
        </Notice>
      )}
      <Panel flush title={hits.length === 0 ? undefined : `${hits.length}${isCut ? ' or more' : ''} found`}>
        {hits.length === 0 ? (
          <EmptyState
            title={
              <>
                Nothing was found for “<bdi>{query}</bdi>”
              </>
            }
          >
            At least three characters of a name, an e-mail or an external id find it; a reference must match
            exactly.
          </EmptyState>
        ) : (
          <ul className="divide-y divide-line border-t border-line">
            {hits.map((hit) => (
              <li key={`${hit.accountId} ${hit.subject}`}>
                <Link href={hrefOf(hit)} className={ROW}>
                  <span className="min-w-0">
                    <bdi className="block font-medium">{hit.name ?? hit.email}</bdi>
                    <Details of={[hit.name && hit.email, hit.externalId, hit.subject]} />
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

/** Isolates each item, so that bidirectional text in one item does not affect the others. */
function Details({ of }: { of: (string | null)[] }) {
  const shown = of.filter((detail) => detail !== null && detail !== '')
  return (
    <span className="block break-all text-label text-muted">
      {shown.map((detail, index) => (
        <Fragment key={detail}>
          {index > 0 && ' · '}
          <bdi>{detail}</bdi>
        </Fragment>
      ))}
    </span>
  )
}

/** The newest accounts, for staff who have no name to search for. */
function RecentAccounts({ accounts }: { accounts: RecentAccount[] }) {
  return (
    <Panel flush title="Newest accounts">
      <ul className="divide-y divide-line border-t border-line">
        {accounts.map(({ accountId, name, email, createdAt }) => (
          <li key={accountId}>
            <Link href={accountPath(accountId)} className={ROW}>
              <span className="min-w-0">
                <bdi className="block font-medium">{name ?? email}</bdi>
                <Details of={[name && email]} />
              </span>
              <span className="text-label text-muted">
                <DateTime value={createdAt} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
