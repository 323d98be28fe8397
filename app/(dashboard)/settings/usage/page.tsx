// Answers: what was charged, when, by which operation and where, and why did it cost that?
// Times are UTC, as the heading says; numbers and dates follow Accept-Language.
import type { Metadata } from 'next'
import { Suspense } from 'react'
import { firstChargeCall } from '@/components/credits/first-charge'
import { PageHeader } from '@/components/ui/shell'
import { HistoryFilters } from '@/components/usage/history-filters'
import {
  type HistoryParams,
  historyHref,
  isFiltered,
  loadHistoryParams,
} from '@/components/usage/history-params'
import { HistorySkeleton } from '@/components/usage/history-skeleton'
import { HistoryView } from '@/components/usage/history-view'
import { operationSeries } from '@/components/usage/operation-series'
import { presentCharge } from '@/lib/api/present'
import { pageContext, requireViewer, type Viewer } from '@/lib/auth/viewer'
import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { InvalidRequest, NotFound } from '@/lib/errors'
import { parsePublicId, publicId } from '@/lib/ids'
import { type ChargeView, getCharge } from '@/lib/usage/charge-view'
import { encodeCursor } from '@/lib/usage/cursor'
import type { HistoryFilter } from '@/lib/usage/history-filter'
import { type ChargePage, listCharges } from '@/lib/usage/list-charges'
import { listUsedApps } from '@/lib/usage/list-used-apps'
import { cleanParams, filterOf, livePathOf, requestedPath } from './read-history'

export const metadata: Metadata = { title: 'Usage' }

const PAGE_SIZE = 25

type UsagePageProps = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function UsagePage({ searchParams }: UsagePageProps) {
  const search = await searchParams
  const viewer = await requireViewer(requestedPath(search))
  return (
    <>
      <PageHeader
        title="Usage"
        description="Every charge, to the thousandth of a credit. Open one to see why it cost that."
      />
      <Suspense fallback={<HistorySkeleton />}>
        <History viewer={viewer} params={loadHistoryParams(search)} />
      </Suspense>
    </>
  )
}

async function History({ viewer, params: asked }: { viewer: Viewer; params: HistoryParams }) {
  const ctx = pageContext(viewer)
  const now = ctx.clock.now()
  const apps = await listUsedApps(ctx, viewer.userId)
  const params = cleanParams(asked, apps)
  const filter = await filterOf(ctx, viewer.userId, params, apps)
  const [{ page, isFirst, older }, receipt] = await Promise.all([
    readPage(ctx, filter, params),
    params.receipt === null ? null : findReceipt(ctx, params.receipt),
  ])
  const series = operationSeries()
  const [newest] = page.items
  const nothingYet = isFirst && page.items.length === 0 && older === null && !isFiltered(params)
  return (
    <div className="space-y-6">
      {!nothingYet && (
        <HistoryFilters
          operations={series.map(({ key, label }) => ({ value: key, label }))}
          apps={apps.map(({ slug, name }) => ({ value: slug, label: name }))}
        />
      )}
      <HistoryView
        renderedAt={now.toISOString()}
        list={{ data: page.items.map(presentCharge), nextCursor: older }}
        livePath={isFirst ? livePathOf(filter, PAGE_SIZE) : null}
        olderHref={historyHref(params)}
        newerHref={
          isFirst ? null : historyHref(params, newest ? { after: encodeCursor(newest.charge.at) } : {})
        }
        filtered={isFiltered(params)}
        receipt={receipt && presentCharge(receipt)}
        series={series}
        apps={Object.fromEntries(apps.map((app) => [publicId('app', app.id), app.name]))}
        firstCharge={firstChargeCall(getEnv().appUrl, publicId('user', viewer.userId))}
      />
    </div>
  )
}

/** `older` is the cursor of the page below; null on the last one. */
type Place = { page: ChargePage; isFirst: boolean; older: string | null }

async function readPage(
  ctx: Context,
  filter: HistoryFilter,
  { before, after }: HistoryParams,
): Promise<Place> {
  try {
    if (after !== null) {
      const page = await listCharges(ctx, { ...filter, cursor: after, limit: PAGE_SIZE, direction: 'newer' })
      const last = page.items.at(-1)
      // At the top, the first page is shown as it always is, instead of a part of it.
      if (page.nextCursor !== null)
        return { page, isFirst: false, older: last ? encodeCursor(last.charge.at) : after }
    } else if (before !== null) {
      const page = await listCharges(ctx, { ...filter, cursor: before, limit: PAGE_SIZE })
      return { page, isFirst: false, older: page.nextCursor }
    }
  } catch (error) {
    // A cursor that was cut short in a copied link leads to the beginning.
    if (!(error instanceof InvalidRequest)) throw error
  }
  const page = await listCharges(ctx, { ...filter, cursor: null, limit: PAGE_SIZE })
  return { page, isFirst: true, older: page.nextCursor }
}

/** Null for a charge that is not there, or not the viewer's: the sheet says so. */
async function findReceipt(ctx: Context, id: string): Promise<ChargeView | null> {
  const uuid = parsePublicId('charge', id)
  if (uuid === null) return null
  try {
    return await getCharge(ctx, uuid)
  } catch (error) {
    if (error instanceof NotFound) return null
    throw error
  }
}
