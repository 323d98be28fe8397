import Link from 'next/link'
import type { OfferLinks } from '@/components/billing/offer-words'
import type { ChartSeries, DailyValue } from '@/components/charts/chart-data'
import { prepareBreakdown } from '@/components/charts/prepare-breakdown'
import {
  allowanceLevel,
  forecastInWords,
  headlineInWords,
  nextCredits,
  nothingInWords,
  untilReset,
} from '@/components/credits/words'
import { RefreshNote } from '@/components/dashboard/refresh-note'
import type { Live } from '@/components/dashboard/use-live'
import { amountOf } from '@/components/format/amount-of'
import { WholeCredits } from '@/components/format/credits'
import { Badge, ColorDot } from '@/components/ui/badge'
import { LinkButton } from '@/components/ui/link-button'
import { Meter } from '@/components/ui/meter'
import { Notice } from '@/components/ui/notice'
import type { BalanceJson } from '@/lib/contract/account'
import { formatPercent, formatWholeCredits, wholeCreditsInWords, wholeUnitOf } from '@/lib/format'
import { millicredits, toCredits } from '@/lib/millicredits'
import type { Forecast, UsageLevel } from '@/lib/usage/forecast'

const tones = { ok: '--accent', near: '--warn', out: '--bad' } satisfies Record<UsageLevel, string>

type BalancePanelProps = {
  live: Live<BalanceJson>
  /** The free plan's key. */
  freePlan: string
  /** The current time by the product's clock. */
  now: Date
  /** Null before the first use. */
  forecast: Forecast | null
  /** When the month's credits expire; null while unknown. */
  allowanceEnds: string | null
  /** Null if the usage could not be read. */
  values: readonly DailyValue[] | null
  lastUsed: string | null
  series: readonly ChartSeries[]
}

/** The top of the page: the credits left, their reset, the forecast and the usage. */
export function BalancePanel({
  live,
  freePlan,
  now,
  forecast,
  allowanceEnds,
  values,
  lastUsed,
  series,
}: BalancePanelProps) {
  const balance = live.data
  const level = allowanceLevel(balance)
  const outlook = forecast && forecastInWords(forecast, nextCredits(balance, now))
  const available = amountOf(balance.available)
  return (
    <section
      aria-labelledby="credits-left"
      className="overflow-hidden rounded-lg border border-line bg-surface"
    >
      <div className="grid gap-x-12 gap-y-6 p-5 sm:p-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="min-w-0">
          <div className="flex flex-wrap items-start justify-between gap-3">
            <h1 id="credits-left" className="tabular-nums">
              <WholeCredits amount={available} className="text-figure" />{' '}
              <span className="ml-1 text-base font-normal">{wholeUnitOf(available)} left</span>
            </h1>
            <Badge tone={balance.plan.key === freePlan ? 'neutral' : 'accent'}>
              {balance.plan.name} plan
            </Badge>
          </div>
          <p className="mt-1.5 text-sm text-muted tabular-nums">
            {headlineInWords(balance, now, allowanceEnds)}
          </p>
          {balance.allowance.limit > 0 && <AllowanceMeter balance={balance} level={level} />}
          {outlook && <p className="mt-3 text-sm tabular-nums">{outlook}</p>}
        </div>
        {values && <UsedMost values={values} lastUsed={lastUsed} series={series} />}
      </div>
      <RefreshNote what="Your balance" live={live} />
    </section>
  )
}

function AllowanceMeter({ balance, level }: { balance: BalanceJson; level: UsageLevel }) {
  const { used, held, limit } = balance.allowance
  const whole = (credits: number) => formatWholeCredits(amountOf(credits))
  const words = `${whole(used)} of ${whole(limit)} used this month`
  const segments = [
    {
      key: 'used',
      label: `Used of ${whole(limit)}`,
      value: used,
      valueText: <WholeCredits amount={amountOf(used)} />,
      colorVar: tones[level],
    },
    {
      key: 'held',
      label: 'Held',
      value: held,
      valueText: <WholeCredits amount={amountOf(held)} />,
      colorVar: '--line-strong',
    },
  ]
  return (
    <Meter
      className="mt-5"
      label="This month's credits used or held"
      value={toCredits(millicredits(amountOf(used) + amountOf(held)))}
      max={limit}
      valueText={held > 0 ? `${words}, ${whole(held)} held` : words}
      segments={segments.filter((segment) => segment.value > 0 || segment.key === 'used')}
    />
  )
}

const USED_MOST_COUNT = 3

type UsedMostProps = { values: readonly DailyValue[] } & Pick<BalancePanelProps, 'lastUsed' | 'series'>

function UsedMost({ values, lastUsed, series }: UsedMostProps) {
  const { rows, total } = prepareBreakdown({ values, series })
  return (
    <div className="min-w-0 border-t border-line pt-4 lg:border-t-0 lg:border-l lg:pt-0 lg:pl-8">
      <div className="flex items-baseline justify-between gap-4 text-label text-muted">
        <h2>What used it</h2>
        {total > 0 && (
          <p className="tabular-nums">
            <WholeCredits amount={total} /> this period
          </p>
        )}
      </div>
      {rows.length === 0 ? (
        <p className="mt-2 text-sm">{nothingInWords(lastUsed)}</p>
      ) : (
        <ul className="mt-2 space-y-1.5 text-sm lg:mt-3 lg:space-y-2.5">
          {rows.slice(0, USED_MOST_COUNT).map((row) => (
            <li key={row.key} className="flex items-center gap-2.5">
              <ColorDot colorVar={row.colorVar} />
              <Link
                href={row.href ?? '#by-operation'}
                className="min-w-0 truncate underline-offset-4 hover:underline"
              >
                {row.label}
              </Link>
              <WholeCredits amount={row.total} className="ml-auto tabular-nums" />
            </li>
          ))}
        </ul>
      )}
      {rows.length > USED_MOST_COUNT && (
        <p className="mt-2 text-label text-muted">
          and {rows.length - USED_MOST_COUNT} more{' '}
          <a href="#by-operation" className="text-accent underline underline-offset-4">
            below
          </a>
        </p>
      )}
    </div>
  )
}

/** The reason why a plan has no allowance yet, as a sentence. */
const PAYMENT_WORDS: Partial<Record<BalanceJson['plan']['status'], (name: string) => string>> = {
  trialing: (name) => `The ${name} trial has not ended yet.`,
  processing: (name) => `The payment for ${name} is on its way.`,
  invoiced: (name) => `The invoice for ${name} is waiting to be paid.`,
  checking: (name) => `A payment for ${name} is being checked.`,
}

type LimitNoticeProps = { balance: BalanceJson; offers: OfferLinks; now: Date }

/** Explains, at 80 % and at 100 % of the month's credits, what will happen and what can be done. */
export function LimitNotice({ balance, offers, now }: LimitNoticeProps) {
  const level = allowanceLevel(balance)
  const { used, held, limit } = balance.allowance
  // A plan without an allowance needs a notice that names the payment it waits for.
  if (level === 'ok' && limit > 0) return null
  const until = untilReset(balance, now)
  const action = <WaysOut plan={balance.plan} offers={offers} />
  const available = amountOf(balance.available)
  const left = wholeCreditsInWords(available)
  if (balance.plan.status === 'past_due') {
    return (
      <Notice tone="bad" title={`The payment for ${balance.plan.name} failed.`} action={action}>
        {balance.available === 0
          ? 'No credits are left: AI features pause until it is paid; your apps and everything else keep working.'
          : `New credits arrive once the payment goes through. Until then the ${left} you have can be spent.`}
      </Notice>
    )
  }
  const waits = PAYMENT_WORDS[balance.plan.status]
  if (waits !== undefined && balance.allowance.limit === 0) {
    return (
      <Notice tone="warn" title={waits(balance.plan.name)} action={action}>
        New credits arrive once the payment goes through. Until then{' '}
        {balance.available === 0
          ? 'AI features pause; everything else keeps working.'
          : `the ${left} you have can be spent.`}
      </Notice>
    )
  }
  if (level === 'ok') return null
  if (balance.available === 0) {
    return (
      <Notice tone="bad" title="No credits left." action={action}>
        AI features pause {until}; your apps and everything else keep working.
      </Notice>
    )
  }
  const gone = held > 0 ? 'used or held' : 'used'
  if (level === 'out') {
    return (
      <Notice
        tone="accent"
        title={`This month's credits are ${gone === 'used' ? 'used up' : gone}.`}
        action={action}
      >
        AI features use your other {left} {until}.
      </Notice>
    )
  }
  // Rounded down, as balances are: 99.9 % is not 100 %.
  const share = Math.floor(((used + held) / limit) * 100) / 100
  return (
    <Notice
      tone="warn"
      title={`${formatPercent(share)} of this month's credits are ${gone}.`}
      action={action}
    >
      New ones come {nextCredits(balance, now)}. At zero, AI features pause and everything else keeps working.
    </Notice>
  )
}

/** Links to offers of more credits. */
function WaysOut({ plan, offers: { upgrades, pack } }: { plan: BalanceJson['plan']; offers: OfferLinks }) {
  const upgrade = upgrades[plan.key]
  const isUnpaid = plan.status === 'past_due' || plan.status === 'invoiced' || plan.status === 'unpaid'
  return (
    <>
      {isUnpaid && (
        <LinkButton href="/settings/billing" variant="primary" size="sm">
          See the payment
        </LinkButton>
      )}
      {upgrade && (
        <LinkButton href={upgrade.href} variant="primary" size="sm">
          {upgrade.label}
        </LinkButton>
      )}
      {pack && (
        <LinkButton href={pack.href} variant={upgrade || isUnpaid ? 'secondary' : 'primary'} size="sm">
          {pack.label}
        </LinkButton>
      )}
    </>
  )
}
