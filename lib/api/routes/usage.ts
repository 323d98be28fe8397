import { z } from '@hono/zod-openapi'
import type { Context } from '@/lib/context'
import { usageSummary } from '@/lib/contract/account'
import {
  cursor,
  IN_ORDER,
  inOrder,
  limit,
  listOf,
  operationKey,
  period,
  text,
  userQuery,
} from '@/lib/contract/fields'
import { charge, surface } from '@/lib/contract/metering'
import { getBalance } from '@/lib/credits/verbs/get-balance'
import { logFailure } from '@/lib/http/log'
import { REQUEST_ID_HEADER } from '@/lib/http/request-id'
import { exportUsage } from '@/lib/usage/export-usage'
import type { HistoryFilter } from '@/lib/usage/history-filter'
import { listCharges } from '@/lib/usage/list-charges'
import { summarizeUsage } from '@/lib/usage/summarize-usage'
import { presentCharge, presentSummary } from '../present'
import { defineRoute, type Route, reply } from '../route'
import { streamOf } from '../stream'
import { readAccount } from '../who'

const filter = {
  user: userQuery,
  ...period,
  operation: operationKey.optional(),
  app: text(200, 1).optional(),
  surface: surface.optional(),
  reference: text(200).optional(),
  run: text(200, 1).optional().openapi({ description: 'A run (`run_…`).' }),
}
const listQuery = z.strictObject({ ...filter, cursor, limit }).refine(inOrder, IN_ORDER)
const exportQuery = z.strictObject(filter).refine(inOrder, IN_ORDER)
const summaryQuery = z.strictObject({ user: userQuery, ...period }).refine(inOrder, IN_ORDER)

async function filterOf(ctx: Context, query: z.output<typeof exportQuery>): Promise<HistoryFilter> {
  const {
    from = null,
    to = null,
    operation = null,
    app = null,
    surface = null,
    reference = null,
    run = null,
  } = query
  const accountId = await readAccount(ctx, query.user)
  return { accountId, from, to, operation, app, surface, reference, run }
}

const list = defineRoute({
  method: 'get',
  path: '/v1/usage',
  tag: 'Account',
  summary: "An account's charges, newest first",
  access: 'account',
  problems: ['not_found'],
  query: listQuery,
  answers: {
    200: { description: 'A page of charges', schema: listOf(charge) },
  },
  async handle({ ctx, query }) {
    const filter = await filterOf(ctx, query)
    const page = await listCharges(ctx, { ...filter, cursor: query.cursor ?? null, limit: query.limit })
    return reply(200, { data: page.items.map(presentCharge), nextCursor: page.nextCursor })
  },
})

/** The start of a summary over all time, which reads only the roll-up. */
const BEGINNING = new Date(0)

/**
 * The defaults for an omitted start or end: without either, the current period up to now; without a start, everything
 * before the end; without an end, up to now, which is empty for a start in the future.
 */
async function rangeOf(
  ctx: Context,
  accountId: string,
  { from, to }: { from?: Date | undefined; to?: Date | undefined },
) {
  const now = ctx.clock.now()
  if (to !== undefined) return { from: from ?? BEGINNING, to }
  const start = from ?? (await startOfPeriod(ctx, accountId))
  return { from: start, to: new Date(Math.max(start.getTime(), now.getTime())) }
}

/** The current period or, without an allowance (past due), the calendar month. */
async function startOfPeriod(ctx: Context, accountId: string): Promise<Date> {
  const { allowance } = await getBalance(ctx, accountId)
  const now = ctx.clock.now()
  return allowance.periodStart ?? new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth()))
}

const summary = defineRoute({
  method: 'get',
  path: '/v1/usage/summary',
  tag: 'Account',
  summary:
    "An account's usage by operation, day, app and surface: in the current period, or all usage before `to` if only `to` is given",
  access: 'account',
  problems: ['not_found'],
  query: summaryQuery,
  answers: { 200: { description: 'The summary', schema: usageSummary } },
  async handle({ ctx, query }) {
    const accountId = await readAccount(ctx, query.user)
    const range = await rangeOf(ctx, accountId, query)
    return reply(200, presentSummary(await summarizeUsage(ctx, { accountId, ...range })))
  },
})

const exportCsv = defineRoute({
  method: 'get',
  path: '/v1/usage/export.csv',
  tag: 'Account',
  summary: 'The history as CSV, streamed',
  access: 'account',
  problems: ['not_found'],
  query: exportQuery,
  answers: { 200: { description: 'The history', schema: z.string(), mediaType: 'text/csv' } },
  async handle({ ctx, query, route }) {
    const lines = exportUsage(ctx, await filterOf(ctx, query))
    // An invalid request fails at the first line, when it can still be answered with a problem.
    const first = await lines.next()
    const { requestId } = ctx
    const body = streamOf(first.done ? '' : first.value, lines, (error) =>
      logFailure(error, { requestId, route }),
    )
    return new Response(body, {
      headers: {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': 'attachment; filename="usage.csv"',
        'cache-control': 'no-store',
        [REQUEST_ID_HEADER]: requestId,
      },
    })
  },
})

export const usageRoutes: Route[] = [list, summary, exportCsv]
