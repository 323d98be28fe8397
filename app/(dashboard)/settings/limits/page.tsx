// Answers: what may be spent of my credits in a day, a week and a month, how much of that is used, and how do I change it?

import type { Metadata } from 'next'
import { Streamed } from '@/app/streamed'
import { AppsSkeleton } from '@/components/apps/apps-skeleton'
import { type LimitRow, LimitRows } from '@/components/limits/limit-rows'
import { RunPanel } from '@/components/limits/run-panel'
import { EmptyState } from '@/components/ui/empty-state'
import { Notice } from '@/components/ui/notice'
import { Panel } from '@/components/ui/panel'
import { PageHeader } from '@/components/ui/shell'
import { listPayerApps } from '@/lib/apps/list-payer-apps'
import { pageContext, requireViewer, type Viewer } from '@/lib/auth/viewer'
import type { Context } from '@/lib/context'
import { getRun, type RunState } from '@/lib/credits/verbs/runs'
import { appLimitStates, listLimits } from '@/lib/credits/verbs/set-limit'
import { NotFound } from '@/lib/errors'
import { parsePublicId, publicId } from '@/lib/ids'
import { changeLimit, raiseCap, stopRun } from './actions'

export const metadata: Metadata = { title: 'Limits' }

const HERE = '/settings/limits'

type LimitsPageProps = { searchParams: Promise<{ run?: string | string[] }> }

export default async function LimitsPage({ searchParams }: LimitsPageProps) {
  const { run } = await searchParams
  const wanted = typeof run === 'string' ? run : null
  const here = wanted === null ? HERE : `${HERE}?run=${encodeURIComponent(wanted)}`
  const viewer = await requireViewer(here)
  return (
    <>
      <PageHeader
        title="Limits"
        description="How much of your credits may be spent. A limit is never exceeded, no matter what runs at the same time."
      />
      <Streamed here={here} fallback={<AppsSkeleton />}>
        <Limits viewer={viewer} run={wanted} />
      </Streamed>
    </>
  )
}

async function Limits({ viewer, run }: { viewer: Viewer; run: string | null }) {
  const ctx = pageContext(viewer)
  const accountId = viewer.userId
  const [limits, { apps }, wanted] = await Promise.all([
    listLimits(ctx, accountId),
    listPayerApps(ctx, accountId),
    run === null ? null : findRun(ctx, run),
  ])
  const rowsOf = (scope: 'account' | 'editor'): LimitRow[] =>
    limits.filter((limit) => limit.scope === scope).map((limit) => ({ ...limit, target: scope }))
  const states = await appLimitStates(
    ctx,
    accountId,
    apps.map(({ app }) => app.id),
  )
  const titles = new Map(apps.map(({ app }) => [app.id, app.name]))
  const appRows = states.map((state): LimitRow => {
    const appId = state.appId ?? ''
    return { ...state, target: publicId('app', appId), title: titles.get(appId) ?? 'An app' }
  })
  return (
    <div className="space-y-6">
      {wanted === 'unknown' && (
        <Notice tone="warn" title="There is no such run." role="status">
          It belongs to somebody else, or its address is incomplete.
        </Notice>
      )}
      {wanted !== null && wanted !== 'unknown' && (
        <RunPanel run={wanted} actions={{ raise: raiseCap, close: stopRun }} />
      )}
      <Panel
        id="account"
        title="Your account"
        description="Everything you pay: the editor and all apps together. 0 allows nothing; days and weeks are UTC."
        flush
      >
        <LimitRows of="your account" rows={rowsOf('account')} action={changeLimit} />
      </Panel>
      <Panel id="editor" title="The editor" description="For building and changing apps by chat." flush>
        <LimitRows of="the editor" rows={rowsOf('editor')} action={changeLimit} />
      </Panel>
      <Panel
        id="apps"
        title="Apps you use"
        description="The daily limit, and the monthly budget that you can also change under Apps."
        flush
      >
        {appRows.length === 0 ? (
          <EmptyState title="No app has used your credits.">
            Apps ask before they spend any. A limit for each of them then appears here.
          </EmptyState>
        ) : (
          <LimitRows of="apps" rows={appRows} action={changeLimit} />
        )}
      </Panel>
    </div>
  )
}

async function findRun(ctx: Context, text: string): Promise<RunState | 'unknown'> {
  const id = parsePublicId('run', text)
  if (id === null) return 'unknown'
  return getRun(ctx, id).catch((error: unknown) => {
    if (error instanceof NotFound) return 'unknown' as const
    throw error
  })
}
