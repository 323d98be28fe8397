// Answers: who is this, what do they have, and what happened to it?

import type { Metadata } from 'next'
import { Streamed } from '@/app/streamed'
import { AccountBalance, AccountFacts } from '@/components/operator/account-head'
import { NoticeList } from '@/components/operator/notice-list'
import { accountPath } from '@/components/operator/paths'
import { TimelineTable } from '@/components/operator/timeline-table'
import { KIND_NAMES } from '@/components/operator/timeline-words'
import { Button } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/empty-state'
import { Input, Select } from '@/components/ui/field'
import { LinkButton } from '@/components/ui/link-button'
import { Pagination } from '@/components/ui/pagination'
import { Panel } from '@/components/ui/panel'
import { PageHeader } from '@/components/ui/shell'
import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { InvalidRequest } from '@/lib/errors'
import { type AccountHead, readAccount } from '@/lib/operator/read-account'
import { readNotices } from '@/lib/operator/read-notices'
import { readTimeline, TIMELINE_KINDS, type TimelineKind } from '@/lib/operator/read-timeline'
import { closeOne } from '../../actions'
import { orNotFound, staffContext, userIn } from '../../staff-context'
import { parseTimelineSearch, periodOf, type TimelineSearch, timelinePath } from './search'

export const metadata: Metadata = { title: 'Account' }

const PAGE = 50

type AccountPageProps = {
  params: Promise<{ user: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function AccountPage({ params, searchParams }: AccountPageProps) {
  const { ctx } = await staffContext()
  const accountId = userIn(await params)
  const search = parseTimelineSearch(await searchParams)
  const account = await orNotFound(readAccount(ctx, { accountId }))
  const { user } = account
  return (
    <>
      <PageHeader
        title={user.name ?? user.email}
        description={user.name === null ? undefined : user.email}
        actions={<LinkButton href={`${accountPath(accountId)}/give`}>Give credits…</LinkButton>}
      />
      <div className="space-y-6">
        <Streamed here={accountPath(accountId)}>
          <Noticed ctx={ctx} accountId={accountId} />
        </Streamed>
        <AccountBalance account={account} />
        <AccountFacts account={account} />
        <Timeline ctx={ctx} account={account} search={search} />
      </div>
    </>
  )
}

async function Noticed({ ctx, accountId }: { ctx: Context; accountId: string }) {
  const notices = await readNotices(ctx, { accountId })
  return (
    <NoticeList
      notices={notices}
      now={ctx.clock.now()}
      hasBilling={getEnv().hasBilling}
      close={closeOne}
      ofOneAccount
    />
  )
}

/** The kinds in use: if nothing is sold here, there are no checkouts and no returned money. */
function kindsShown(): readonly TimelineKind[] {
  if (getEnv().hasBilling) return TIMELINE_KINDS
  return TIMELINE_KINDS.filter((kind) => kind !== 'payment' && kind !== 'money_back')
}

type TimelineProps = { ctx: Context; account: AccountHead; search: TimelineSearch }

async function Timeline({ ctx, account, search }: TimelineProps) {
  const accountId = account.user.id
  const asked = { accountId, ...periodOf(search), kind: search.kind, limit: PAGE }
  // With an invalid cursor, the timeline starts at the top.
  const { items, nextCursor } = await readTimeline(ctx, { ...asked, cursor: search.cursor }).catch(
    (error: unknown) => {
      if (error instanceof InvalidRequest) return readTimeline(ctx, { ...asked, cursor: null })
      throw error
    },
  )
  return (
    <Panel
      id="timeline"
      className="scroll-mt-20"
      title="Timeline"
      flush
      footer={
        <Pagination
          label="Timeline pages"
          newerHref={search.cursor === null ? null : timelinePath(accountId, search, null)}
          olderHref={nextCursor === null ? null : timelinePath(accountId, search, nextCursor)}
          summary={search.cursor === null ? undefined : '“Newer” leads back to the first page.'}
        />
      }
    >
      <form
        action={accountPath(accountId)}
        className="grid gap-3 px-5 pb-4 sm:grid-cols-[1fr_auto_auto_auto] sm:items-end sm:px-6"
      >
        <Select
          label="Kind"
          name="kind"
          key={search.kind}
          defaultValue={search.kind ?? ''}
          options={[
            { value: '', label: 'Everything' },
            ...kindsShown().map((kind) => ({ value: kind, label: KIND_NAMES[kind] })),
          ]}
        />
        <Input label="From (UTC)" name="from" type="date" defaultValue={search.from ?? ''} />
        <Input label="To, included" name="to" type="date" defaultValue={search.to ?? ''} />
        <Button type="submit">Show</Button>
      </form>
      {items.length === 0 ? (
        <EmptyState title="Nothing matches">Show everything or a longer period.</EmptyState>
      ) : (
        <TimelineTable items={items} accountId={accountId} appNames={account.appNames} />
      )}
    </Panel>
  )
}
