import { type HistoryParams, historyHref, isFiltered, periodNames } from '@/components/usage/history-params'
import { HistoryView } from '@/components/usage/history-view'
import { operationSeries } from '@/components/usage/operation-series'
import { presentCharge } from '@/lib/api/present'
import type { Context } from '@/lib/context'
import { InvalidRequest, NotFound } from '@/lib/errors'
import { parsePublicId, publicId } from '@/lib/ids'
import { type ChargeView, getCharge } from '@/lib/usage/charge-view'
import { encodeCursor } from '@/lib/usage/cursor'
import type { HistoryFilter } from '@/lib/usage/history-filter'
import { type ChargePage, listCharges } from '@/lib/usage/list-charges'
import { firstRun } from '../first-run'
import { livePathOf } from './read-history'
import { type UsageRequest, widerThan } from './usage-request'

const PAGE_SIZE = 25

/** Answers: what was charged, when, where, and why did it cost that? */
export async function History({ request }: { request: UsageRequest }) {
  const { ctx, accountId, now, params, apps, filter, nothingYet, lastUsed } = request
  const [{ page, isFirst, older, newer }, receipt] = await Promise.all([
    readPage(ctx, filter, params),
    params.receipt === null ? null : findReceipt(ctx, params.receipt),
  ])
  return (
    <HistoryView
      renderedAt={now.toISOString()}
      list={{ data: page.items.map(presentCharge), nextCursor: older }}
      livePath={isFirst ? livePathOf(filter, PAGE_SIZE) : null}
      olderHref={historyHref(params)}
      newerHref={isFirst ? null : historyHref(params, newer === null ? {} : { after: newer })}
      searchedTo={params.after === null || isFirst ? (page.searchedTo?.toISOString() ?? null) : null}
      periodName={periodNames[params.period]}
      wider={widerThan(params)}
      receipt={receipt && presentCharge(receipt)}
      series={operationSeries()}
      apps={Object.fromEntries(apps.map((app) => [publicId('app', app.id), app.name]))}
      firstRun={nothingYet ? await firstRun(ctx, accountId) : null}
      lastUsed={lastUsed}
      isFiltered={isFiltered(params)}
    />
  )
}

/** `older` is the cursor of the next page, null on the last page; `newer` that of the previous page, null on the first. */
type Place = { page: ChargePage; isFirst: boolean; older: string | null; newer: string | null }

async function readPage(
  ctx: Context,
  filter: HistoryFilter,
  { before, after }: HistoryParams,
): Promise<Place> {
  try {
    if (after !== null) {
      const page = await listCharges(ctx, { ...filter, cursor: after, limit: PAGE_SIZE, direction: 'newer' })
      const last = page.items.at(-1)
      // A page that reaches the newest charge is replaced by the first page, which is full.
      if (page.nextCursor !== null) {
        const older = last ? encodeCursor(last.charge.at) : after
        return { page, isFirst: false, older, newer: page.nextCursor }
      }
    } else if (before !== null) {
      const page = await listCharges(ctx, { ...filter, cursor: before, limit: PAGE_SIZE })
      const [newest] = page.items
      const newer = newest ? encodeCursor(newest.charge.at) : null
      return { page, isFirst: false, older: page.nextCursor, newer }
    }
  } catch (error) {
    // An invalid cursor, as in a truncated link, leads to the first page.
    if (!(error instanceof InvalidRequest)) throw error
  }
  const page = await listCharges(ctx, { ...filter, cursor: null, limit: PAGE_SIZE })
  return { page, isFirst: true, older: page.nextCursor, newer: null }
}

/** Null if the charge is unknown or belongs to another person; the sheet then says so. */
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
