// Answers: what did I earn, why did it change, and what can I do with it? Days are in UTC, as charges are booked. The page
// never shows who used an app (docs/product.md, row 9).

import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { Streamed } from '@/app/streamed'
import { DailyBars } from '@/components/charts/daily-bars'
import { AppRewards } from '@/components/rewards/app-rewards'
import { RewardSummary } from '@/components/rewards/reward-summary'
import { COMPARED_DAYS, comparisonInWords, hidesUses } from '@/components/rewards/reward-words'
import { RewardsSkeleton } from '@/components/rewards/rewards-skeleton'
import { TransferForm } from '@/components/rewards/transfer-form'
import { TransferList } from '@/components/rewards/transfer-list'
import { EmptyState } from '@/components/ui/empty-state'
import { LinkButton } from '@/components/ui/link-button'
import { LinkTabs } from '@/components/ui/link-tabs'
import { Panel } from '@/components/ui/panel'
import { PageHeader } from '@/components/ui/shell'
import { OwnPriceChange } from '@/components/usage/own-price-change'
import type { App } from '@/lib/apps/app'
import { getApp } from '@/lib/apps/find-app'
import { listApps } from '@/lib/apps/list-apps'
import { pageContext, requireViewer, type Viewer } from '@/lib/auth/viewer'
import { requireSight } from '@/lib/authority'
import { catalogAt } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'
import { formatBps, formatCount, formatWholeCredits } from '@/lib/format'
import { newUuid, publicId } from '@/lib/ids'
import { utcDay } from '@/lib/instant'
import { millicredits, ZERO } from '@/lib/millicredits'
import { nameInText } from '@/lib/names'
import { comparePeriods } from '@/lib/rewards/compare-periods'
import { getRewards } from '@/lib/rewards/get-rewards'
import { listTransfers } from '@/lib/rewards/list-transfers'
import { startOfDay } from '@/lib/usage/days'
import { ownPriceChange } from '@/lib/usage/own-price-change'
import { orNull } from '../or-null'
import { move } from './actions'
import { appRows, periodOf } from './app-rows'

export const metadata: Metadata = { title: 'Rewards' }

const HERE = '/settings/rewards'
/** The days in the chart and in the list of apps, including today. */
const SHOWN_DAYS = 30
const TRANSFERS_SHOWN = 20
/** The number of apps in the filter above the chart; the list by app shows all that earned. */
const APPS_MAX = 50

type RewardsPageProps = { searchParams: Promise<{ app?: string | string[] }> }

export default async function RewardsPage({ searchParams }: RewardsPageProps) {
  const { app } = await searchParams
  const slug = typeof app === 'string' ? app : null
  const here = slug === null ? HERE : `${HERE}?app=${encodeURIComponent(slug)}`
  const viewer = await requireViewer(here)
  const chosen = slug === null ? null : await ownApp(pageContext(viewer), slug)
  return (
    <>
      <PageHeader
        title="Rewards"
        description="The premium that others pay in the apps you made. You receive it with every charge and can spend it."
      />
      <Streamed here={here} fallback={<RewardsSkeleton />}>
        <EarnedRewards viewer={viewer} chosen={chosen} />
      </Streamed>
    </>
  )
}

/** The viewer's app with this name. Throws `NotFound` for another person's app. */
async function ownApp(ctx: Context, name: string): Promise<App> {
  try {
    const app = await getApp(ctx, name)
    requireSight(ctx, app.creatorId, 'app')
    return app
  } catch (error) {
    if (error instanceof NotFound) notFound()
    throw error
  }
}

async function EarnedRewards({ viewer, chosen }: { viewer: Viewer; chosen: App | null }) {
  const ctx = pageContext(viewer)
  const accountId = viewer.userId
  const now = ctx.clock.now()
  const [made, transfers] = await Promise.all([
    listApps(ctx, { accountId, after: null, limit: APPS_MAX }),
    listTransfers(ctx, { accountId, limit: TRANSFERS_SHOWN }),
  ])
  // Older apps that are not in the filter can be chosen from the list by app.
  const offered = chosen === null || made.some(({ id }) => id === chosen.id) ? made : [...made, chosen]
  const app = chosen && publicId('app', chosen.id)
  const shown = { from: startOfDay(now, 1 - SHOWN_DAYS), to: startOfDay(now, 1) }
  const week = { from: startOfDay(now, -COMPARED_DAYS), to: startOfDay(now) }
  const weekBefore = { from: startOfDay(now, -2 * COMPARED_DAYS), to: week.from }
  const [rewards, lately, before, change] = await Promise.all([
    getRewards(ctx, { accountId, ...shown, app }),
    getRewards(ctx, { accountId, ...week, app }),
    getRewards(ctx, { accountId, ...weekBefore, app }),
    orNull(ctx, 'the announced price change', () => ownPriceChange(ctx, { accountId, side: 'earned' })),
  ])
  const compared = comparePeriods(periodOf(before), periodOf(lately))
  const comparison = comparisonInWords(compared)
  const { terms, creatorPremiumBps } = catalogAt(now)
  const { rewardPerPayerDailyMax, rewardPerCreatorDailyMax, creatorFiguresPayersMin } = terms
  const payersMin = formatCount(creatorFiguresPayersMin)
  const days = { from: utcDay(shown.from), to: utcDay(shown.to), today: utcDay(now) }
  const rows = await appRows(ctx, { rewards, made })
  const premium = formatBps(creatorPremiumBps)
  return (
    <div className="space-y-6">
      <OwnPriceChange change={change} side="earned" />
      <RewardSummary
        rewards={rewards}
        comparison={{
          words: chosen === null ? comparison : `${nameInText(chosen.name)}: ${comparison}`,
          hidden: hidesUses(compared)
            ? `How much came from the number of uses, and how much from their size, is shown once at least ${payersMin} people have paid in each app and week.`
            : null,
        }}
        limits={{
          perPayer: formatWholeCredits(rewardPerPayerDailyMax),
          perCreator: formatWholeCredits(rewardPerCreatorDailyMax),
        }}
        transfer={
          rewards.balance > ZERO || transfers.length > 0 ? (
            <TransferForm action={move} balance={rewards.balance} moveKey={newUuid()} />
          ) : (
            <p className="text-sm text-muted">
              There is nothing to move to your spendable credits yet. 1 reward credit becomes 1 credit that
              never expires.
            </p>
          )
        }
      />
      {rewards.earnedTotal === ZERO ? (
        <Panel flush>
          <EmptyState
            title="You have not earned any rewards yet."
            action={
              <LinkButton href={made.length === 0 ? '/settings/apps/new' : '/settings/apps'} size="sm">
                {made.length === 0 ? 'Create an app' : 'See your apps'}
              </LinkButton>
            }
          >
            When someone else uses an AI feature in one of your apps, {premium} on top of its price goes to
            you. They pay, and sharing costs you nothing. Your own use earns nothing.
          </EmptyState>
        </Panel>
      ) : (
        <>
          {offered.length > 1 && (
            <LinkTabs
              label="Rewards of"
              items={[
                { href: HERE, label: 'All apps', current: chosen === null },
                ...offered.map((one) => ({
                  href: `${HERE}?app=${encodeURIComponent(one.slug)}`,
                  label: one.name,
                  current: one.id === chosen?.id,
                })),
              ]}
            />
          )}
          <Panel title="By day" description={`The last ${SHOWN_DAYS} days (UTC), after refunds`}>
            <DailyBars
              label="Rewards by day"
              series={[{ key: 'rewards', label: chosen?.name ?? 'Your apps', colorVar: '--accent' }]}
              values={rewards.byDay.map(({ day, earned, reversed }) => ({
                day,
                key: 'rewards',
                value: millicredits(earned - reversed),
              }))}
              {...days}
              words={{ most: 'earned the most', none: 'Nothing was earned in this period.' }}
              empty="Nothing was earned in this period."
            />
          </Panel>
          <Panel title="By app" description={`The last ${SHOWN_DAYS} days (UTC), after refunds`}>
            {rows.length === 0 ? (
              <p className="text-sm text-muted">No one else used it in this period.</p>
            ) : (
              <AppRewards apps={rows} payersMin={payersMin} />
            )}
          </Panel>
        </>
      )}
      {transfers.length > 0 && (
        <Panel
          title="Moved to spendable credits"
          flush
          footer={transfers.length === TRANSFERS_SHOWN && `The newest ${formatCount(TRANSFERS_SHOWN)}.`}
        >
          <TransferList transfers={transfers} />
        </Panel>
      )}
    </div>
  )
}
