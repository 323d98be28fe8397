// Answers: which apps may spend my credits, how much did each take this month, and how do I stop one? For creators:
// which apps did I make, and are they used? Budgets reset with the credit month (UTC).

import type { Metadata } from 'next'
import { Streamed } from '@/app/streamed'
import type { UsedAppRow } from '@/components/apps/app-json'
import { AppsSkeleton } from '@/components/apps/apps-skeleton'
import { MadeApps } from '@/components/apps/made-apps'
import { UsedApps } from '@/components/apps/used-apps'
import { EmptyState } from '@/components/ui/empty-state'
import { LinkButton } from '@/components/ui/link-button'
import { Pagination } from '@/components/ui/pagination'
import { Panel } from '@/components/ui/panel'
import { PageHeader } from '@/components/ui/shell'
import { listApps } from '@/lib/apps/list-apps'
import { listPayerApps, type PayerApp } from '@/lib/apps/list-payer-apps'
import { pageContext, requireViewer, type Viewer } from '@/lib/auth/viewer'
import { currentCatalog } from '@/lib/catalogs/current'
import { dayInWords, plural, wholeCreditsInWords } from '@/lib/format'
import { parsePublicId, publicId } from '@/lib/ids'
import { millicredits } from '@/lib/millicredits'
import { type AppRewards, getRewards } from '@/lib/rewards/get-rewards'
import { findOpenable } from '@/lib/studio/find-openable'
import { changeBudget, revoke, setPaused } from './actions'

export const metadata: Metadata = { title: 'Apps' }

const HERE = '/settings/apps'
const MADE_PAGE_SIZE = 25

type AppsPageProps = { searchParams: Promise<{ after?: string | string[] }> }

export default async function AppsPage({ searchParams }: AppsPageProps) {
  const { after } = await searchParams
  const viewer = await requireViewer(HERE)
  return (
    <>
      <PageHeader title="Apps" description="Apps you use, and apps you made." />
      <Streamed here={HERE} fallback={<AppsSkeleton />}>
        <Apps viewer={viewer} after={typeof after === 'string' ? parsePublicId('app', after) : null} />
      </Streamed>
    </>
  )
}

/** `after`: the last of the created apps on the previous page. */
async function Apps({ viewer, after }: { viewer: Viewer; after: string | null }) {
  const ctx = pageContext(viewer)
  const accountId = viewer.userId
  const [{ apps: used, resetsAt }, found, { byApp }] = await Promise.all([
    listPayerApps(ctx, accountId),
    listApps(ctx, { accountId, after, limit: MADE_PAGE_SIZE + 1 }),
    getRewards(ctx, { accountId, from: null, to: null, app: null }),
  ])
  const rewardsOf = new Map(byApp.map((rewards) => [rewards.appId, rewards]))
  const made = found.slice(0, MADE_PAGE_SIZE)
  const here = await findOpenable(
    ctx,
    [...used, ...made.map((app) => ({ app }))].map(({ app }) => app.id),
  )
  const last = found.length > MADE_PAGE_SIZE ? made.at(-1) : undefined
  const older = last ? `${HERE}?after=${publicId('app', last.id)}#made` : null
  return (
    <div className="space-y-6">
      <Panel
        id="used"
        title="Apps you use"
        description={
          resetsAt === null
            ? 'You pay only for what you use.'
            : `You pay for what you use. Budgets reset on ${dayInWords(resetsAt)}.`
        }
        flush
      >
        {used.length === 0 ? (
          <EmptyState title="No app has used your credits yet.">
            Apps ask before they spend any. What each one spends, and a way to stop it, will appear here.
          </EmptyState>
        ) : (
          <UsedApps
            apps={used.map((app) => rowOf(app, here))}
            resetsAt={resetsAt}
            actions={{ changeBudget, setPaused, revoke }}
          />
        )}
      </Panel>
      <Panel
        id="made"
        title="Apps you made"
        description="Others pay for using them; the premium is your reward. Figures are for the calendar month (UTC)."
        actions={
          <>
            <LinkButton href="/editor" size="sm">
              Open the editor
            </LinkButton>
            <LinkButton href={`${HERE}/new`} size="sm">
              Create an app
            </LinkButton>
          </>
        }
        flush
        footer={
          (after !== null || older !== null) && (
            <Pagination
              label="Pages of apps you made"
              newerHref={after === null ? null : `${HERE}#made`}
              olderHref={older}
            />
          )
        }
      >
        {made.length === 0 ? (
          <EmptyState title="You have not made an app yet.">
            Sharing one costs you nothing: its users pay, and you receive a premium on top.
          </EmptyState>
        ) : (
          <MadeApps
            apps={made.map(({ id, name, slug, visibility, origins }) => ({
              id: publicId('app', id),
              name,
              slug,
              visibility,
              originCount: origins.length,
              use: othersUse(rewardsOf.get(id)),
              isHere: here.has(id),
            }))}
          />
        )}
      </Panel>
    </div>
  )
}

/** An app's use by others this month (UTC). The number of uses is shown only with enough payers (docs/product.md, row 9). */
function othersUse(rewards: AppRewards | undefined): string {
  if (rewards === undefined) return 'Not used by others this month'
  const earned = `earned ${wholeCreditsInWords(millicredits(rewards.earned - rewards.reversed))} this month`
  if (rewards.figures !== null) return `${plural(rewards.figures.uses, 'use')}, ${earned}`
  return `Used by others, ${earned}; the number of uses is shown once at least ${currentCatalog().terms.creatorFiguresPayersMin} people have paid`
}

function rowOf(payerApp: PayerApp, here: ReadonlySet<string>): UsedAppRow {
  const { app, isOwn, consent, spent, held, monthlyLimit, paused } = payerApp
  const { name, slug } = app
  const isHere = here.has(app.id) && (isOwn || app.visibility !== 'private')
  return {
    id: publicId('app', app.id),
    name,
    slug,
    isOwn,
    consent,
    spent,
    held,
    monthlyLimit,
    paused,
    isHere,
  }
}
