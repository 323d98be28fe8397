// Answers: what may be spent of my credits in a day, a week and a month, how much of that is used, how do I change it,
// and what runs now?

import type { Metadata } from 'next'
import { Streamed } from '@/app/streamed'
import { AppsSkeleton } from '@/components/apps/apps-skeleton'
import { type LimitRow, LimitRows } from '@/components/limits/limit-rows'
import { RunPanel } from '@/components/limits/run-panel'
import { RunsPanel } from '@/components/limits/runs-panel'
import { EmptyState } from '@/components/ui/empty-state'
import { Notice } from '@/components/ui/notice'
import { Panel } from '@/components/ui/panel'
import { PageHeader } from '@/components/ui/shell'
import { listPayerApps } from '@/lib/apps/list-payer-apps'
import { pageContext, requireViewer, type Viewer } from '@/lib/auth/viewer'
import type { Context } from '@/lib/context'
import { getRun, listRuns, type RunState } from '@/lib/credits/verbs/runs'
import { appLimitStates, listLimits } from '@/lib/credits/verbs/set-limit'
import { NotFound } from '@/lib/errors'
import { parsePublicId, publicId } from '@/lib/ids'
import { changeLimit, raiseCap, stopRun } from './actions'

export const metadata: Metadata = { title: 'Limits' }

const HERE = '/settings/limits'

/** The number of open runs on a page. */
const RUNS_SHOWN = 5

type LimitsPageProps = { searchParams: Promise<{ run?: string | string[]; runs?: string | string[] }> }

export default async function LimitsPage({ searchParams }: LimitsPageProps) {
  const { run, runs } = await searchParams
  const wanted = typeof run === 'string' ? run : null
  const after = typeof runs === 'string' ? parsePublicId('run', runs) : null
  const here = wanted === null ? HERE : `${HERE}?run=${encodeURIComponent(wanted)}`
  const viewer = await requireViewer(here)
  return (
    <>
      <PageHeader
        title="Limits"
        description="How much of your credits may be spent. A limit is never exceeded, no matter what runs at the same time."
      />
      <Streamed here={here} fallback={<AppsSkeleton />}>
        <Limits viewer={viewer} run={wanted} after={after} />
      </Streamed>
    </>
  )
}

type LimitsProps = {
  viewer: Viewer
  run: string | null
  /** The last run of the previous page of open runs. */
  after: string | null
}

async function Limits({ viewer, run, after }: LimitsProps) {
  const ctx = pageContext(viewer)
  const accountId = viewer.userId
  const [limits, { apps }, open, wanted] = await Promise.all([
    listLimits(ctx, accountId),
    listPayerApps(ctx, accountId),
    listRuns(ctx, { accountId, status: 'open', after, limit: RUNS_SHOWN + 1 }),
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
  const actions = { raise: raiseCap, close: stopRun }
  const linked = wanted === 'unknown' ? null : wanted
  const page = open.slice(0, RUNS_SHOWN)
  const last = open.length > RUNS_SHOWN ? page.at(-1) : undefined
  const others = page.filter(({ id }) => id !== linked?.id)
  return (
    <div className="space-y-6">
      {wanted === 'unknown' && (
        <Notice tone="warn" title="There is no such run." role="status">
          It belongs to somebody else, or its address is incomplete.
        </Notice>
      )}
      {linked !== null && <RunPanel run={linked} actions={actions} />}
      {(others.length > 0 || last !== undefined || after !== null) && (
        <RunsPanel
          runs={others}
          apps={titles}
          actions={actions}
          newerHref={after === null ? null : `${HERE}#runs`}
          olderHref={last === undefined ? null : `${HERE}?runs=${publicId('run', last.id)}#runs`}
        />
      )}
      <Panel
        id="account"
        title="Your account"
        description="Everything that uses your credits: the editor and all apps together. 0 allows nothing; days and weeks are UTC."
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
          <EmptyState title="No app has used your credits yet.">
            Apps ask before they spend any. A limit for each one will appear here.
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
