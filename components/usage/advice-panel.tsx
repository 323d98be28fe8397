import Link from 'next/link'
import type { ReactNode } from 'react'
import type { ChartSeries } from '@/components/charts/chart-data'
import { WholeCredits } from '@/components/format/credits'
import { ColorDot } from '@/components/ui/badge'
import { Panel } from '@/components/ui/panel'
import { findSeries } from '@/components/usage/find-series'
import { operationEver } from '@/lib/catalogs/current'
import { formatCount, formatPercent, formatWholeCredits, plural, wholeCreditsInWords } from '@/lib/format'
import { type Millicredits, millicredits } from '@/lib/millicredits'
import type { Advice } from '@/lib/usage/advise-usage'
import type { UsageSummary } from '@/lib/usage/summarize-usage'

type AdvicePanelProps = {
  advice: Advice
  /** The totals of the same days from the roll-up, which has no limit on the number of charges. */
  summary: Pick<UsageSummary, 'total' | 'byOperation'>
  series: readonly ChartSeries[]
  /** The displayed names of apps by their UUID. */
  appNames: ReadonlyMap<string, string>
  /** Returns the link to an operation's charges on this page. */
  hrefOf: (operation: string) => string
  /** True if the page is filtered. The advice ignores filters. */
  isFiltered: boolean
  /** True if `summary` omits older days, which the chart does not draw. */
  isCut: boolean
}

const COSTLIEST_MAX = 3
const REPEATS_MAX = 3

/** Possible savings found in the reader's own usage, each with its amount. */
export function AdvicePanel({
  advice,
  summary,
  series,
  appNames,
  hrefOf,
  isFiltered,
  isCut,
}: AdvicePanelProps) {
  const amount = formatWholeCredits
  const costliest = summary.byOperation.filter(({ total }) => total > 0).slice(0, COSTLIEST_MAX)
  const named = new Set(costliest.map(({ operation }) => operation))
  const tierOf = (key: string) => advice.tiers.find(({ operation }) => operation === key)
  const tierWords = (key: string) => {
    const tier = tierOf(key)
    if (!tier) return null
    const uses = tier.uses === 1 ? 'the same use' : `the same ${formatCount(tier.uses)} uses`
    return `${findSeries(series, tier.alternative).label}: ${uses} would have cost ${amount(tier.wouldBe)} instead of ${amount(tier.paid)}.`
  }
  const rest = advice.tiers.filter(({ operation }) => !named.has(operation))
  return (
    <Panel
      title="How to spend less"
      description={`${scopeInWords({ advice, isFiltered, isCut })} One charge can be counted under both headings.`}
      flush
    >
      <div className="grid gap-x-10 gap-y-6 px-5 pb-5 sm:px-6 sm:pb-6 lg:grid-cols-2">
        <Group title="What costs the most">
          {costliest.map(({ operation, total, charges }) => (
            <Saving
              key={operation}
              one={findSeries(series, operation)}
              href={hrefOf(operation)}
              facts={`${wholeCreditsInWords(total)}, ${formatPercent(total / summary.total)} of all · ${plural(charges, 'use')}, ${amount(millicredits(Math.round(total / charges)))} each`}
              words={tierWords(operation) ?? noSavingInWords(operation, series)}
              saved={tierOf(operation)?.saved ?? null}
            />
          ))}
          {rest.map(({ operation, saved }) => (
            <Saving
              key={operation}
              one={findSeries(series, operation)}
              href={hrefOf(operation)}
              words={tierWords(operation) ?? ''}
              saved={saved}
            />
          ))}
        </Group>
        <Group title="Repeated requests">
          {advice.repeats.slice(0, REPEATS_MAX).map(({ operation, appId, requests, repeats, saved }) => (
            <Saving
              key={`${operation} ${appId}`}
              one={findSeries(series, operation)}
              href={hrefOf(operation)}
              facts={`${appId === null ? 'Outside apps' : (appNames.get(appId) ?? 'In an app')} · ${plural(requests, 'request')} repeated ${plural(repeats, 'time')}`}
              words="Keep the first answer and use it again."
              saved={saved}
            />
          ))}
          {advice.repeats.length === 0 && (
            <li className="py-3 text-sm text-muted first:pt-0">
              {advice.hasFingerprints ? (
                'No request was made twice.'
              ) : (
                <>
                  Charges that carry a <code className="font-mono text-ink">fingerprint</code>, the same for
                  identical requests and never their content, show repeated requests here.
                </>
              )}
            </li>
          )}
        </Group>
      </div>
    </Panel>
  )
}

/** Says which charges the savings are based on and, if different, the totals. */
function scopeInWords({
  advice: { looked, hasMore },
  isFiltered,
  isCut,
}: Pick<AdvicePanelProps, 'advice' | 'isFiltered' | 'isCut'>): string {
  const newest = hasMore ? 'newest ' : ''
  const charges = looked === 1 && !hasMore ? 'one charge' : `${newest}${formatCount(looked)} charges`
  const filtered = isFiltered ? ', regardless of the filters' : ''
  if (!hasMore && !isCut) return `Based on your ${charges} in this period${filtered}.`
  return `Possible savings are based on your ${charges} in this period, and the totals on every charge on the days shown above${filtered}.`
}

/** The catalogue decides whether a cheaper operation exists. */
function noSavingInWords(operation: string, series: readonly ChartSeries[]): string {
  const alternative = operationEver(operation)?.cheaperAlternative ?? null
  if (alternative === null) return 'There is no cheaper operation for it.'
  return `${findSeries(series, alternative).label}: none of the charges checked would have cost less.`
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="min-w-0">
      <h3 className="text-label text-muted">{title}</h3>
      <ul className="mt-2 divide-y divide-line">{children}</ul>
    </section>
  )
}

type SavingProps = {
  one: ChartSeries
  href: string
  facts?: string
  words: string
  /** Null if no cheaper operation is known. */
  saved: Millicredits | null
}

function Saving({ one, href, facts, words, saved }: SavingProps) {
  return (
    <li className="flex items-start justify-between gap-6 py-3 first:pt-0 last:pb-0">
      <div className="min-w-0 text-sm">
        <p className="flex items-baseline gap-2.5">
          <ColorDot colorVar={one.colorVar} />
          <Link href={href} scroll={false} className="min-w-0 underline-offset-4 hover:underline">
            {one.label}
          </Link>
        </p>
        {facts && <p className="mt-0.5 text-label text-muted tabular-nums">{facts}</p>}
        <p className="mt-0.5 text-label tabular-nums">{words}</p>
      </div>
      <p className="shrink-0 text-right text-sm tabular-nums">
        {saved === null ? (
          <span className="text-muted">
            –<span className="sr-only">no saving</span>
          </span>
        ) : (
          <>
            <WholeCredits amount={saved} className="font-medium text-good" />{' '}
            <span className="block text-label text-muted">credits less</span>
          </>
        )}
      </p>
    </li>
  )
}
