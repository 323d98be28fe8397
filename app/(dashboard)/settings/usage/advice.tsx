import { AdvicePanel } from '@/components/usage/advice-panel'
import { historyHref, isFiltered } from '@/components/usage/history-params'
import { operationSeries } from '@/components/usage/operation-series'
import { adviseUsage } from '@/lib/usage/advise-usage'
import type { UsageSummary } from '@/lib/usage/summarize-usage'
import type { UsageRequest } from './usage-request'

type AdviceProps = { request: UsageRequest; summary: Promise<UsageSummary> | null }

/** Answers: could the same have cost less? Renders nothing if there is no advice. */
export async function Advice({ request, summary }: AdviceProps) {
  const { ctx, accountId, filter, params, apps } = request
  const [advice, all] = await Promise.all([
    adviseUsage(ctx, { accountId, from: filter.from, to: filter.to }),
    summary,
  ])
  if (advice.looked === 0 || all === null) return null
  return (
    <AdvicePanel
      advice={advice}
      summary={all}
      series={operationSeries()}
      appNames={new Map(apps.map(({ id, name }) => [id, name]))}
      hrefOf={(operation) => historyHref(params, { operation, hide: [] })}
      isFiltered={isFiltered(params)}
      isCut={request.drawn?.isCut ?? false}
    />
  )
}
