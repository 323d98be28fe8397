// Answers: which apps may spend my credits, how much did each take this month, and how do I stop one?
// For creators: which apps did I make, and are they used? Budgets start anew with the credit month (UTC).
import type { Metadata } from 'next'
import { Suspense } from 'react'
import type { UsedAppRow } from '@/components/apps/app-json'
import { AppsSkeleton } from '@/components/apps/apps-skeleton'
import { MadeApps } from '@/components/apps/made-apps'
import { UsedApps } from '@/components/apps/used-apps'
import { dayInWords } from '@/components/credits/words'
import { readerLocale } from '@/components/site/reader-locale'
import { EmptyState } from '@/components/ui/empty-state'
import { LinkButton } from '@/components/ui/link-button'
import { Pagination } from '@/components/ui/pagination'
import { Panel } from '@/components/ui/panel'
import { PageHeader } from '@/components/ui/shell'
import { listApps } from '@/lib/apps/list-apps'
import { listPayerApps, type PayerApp } from '@/lib/apps/list-payer-apps'
import { pageContext, requireViewer, type Viewer } from '@/lib/auth/viewer'
import { parsePublicId, publicId } from '@/lib/ids'
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
      <PageHeader title="Apps" description="Apps that may spend your credits, and apps you made." />
      <Suspense fallback={<AppsSkeleton label="Loading your apps" />}>
        <Apps viewer={viewer} after={typeof after === 'string' ? parsePublicId('app', after) : null} />
      </Suspense>
    </>
  )
}

/** `after`: the last app of the page of made ones before. */
async function Apps({ viewer, after }: { viewer: Viewer; after: string | null }) {
  const ctx = pageContext(viewer)
  const accountId = viewer.userId
  const [locale, used, found] = await Promise.all([
    readerLocale(),
    listPayerApps(ctx, accountId),
    listApps(ctx, { accountId, after, limit: MADE_PAGE_SIZE + 1 }),
  ])
  const made = found.slice(0, MADE_PAGE_SIZE)
  const last = found.length > MADE_PAGE_SIZE ? made.at(-1) : undefined
  const older = last ? `${HERE}?after=${publicId('app', last.id)}#made` : null
  return (
    <div className="space-y-6">
      <Panel
        id="used"
        title="Apps you use"
        description={
          used.resetsAt === null
            ? 'You pay for what you use, and nothing for the rest.'
            : `You pay for what you use. Budgets start anew on ${dayInWords(used.resetsAt, locale)}.`
        }
        flush
      >
        {used.apps.length === 0 ? (
          <EmptyState title="No app has used your credits.">
            An app asks you before it spends any. What it spent, and how to stop it, is then shown here.
          </EmptyState>
        ) : (
          <UsedApps
            apps={used.apps.map(rowOf)}
            resetsAt={used.resetsAt}
            actions={{ changeBudget, setPaused, revoke }}
            locale={locale}
          />
        )}
      </Panel>
      <Panel
        id="made"
        title="Apps you made"
        description="Others pay for using them; the premium is your reward."
        actions={
          <LinkButton href={`${HERE}/new`} size="sm">
            Create an app
          </LinkButton>
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
          <EmptyState title="You have made no app.">
            Sharing one costs you nothing: whoever uses it pays, and a premium on top goes to you.
          </EmptyState>
        ) : (
          <MadeApps
            apps={made.map(({ id, name, slug, visibility, origins }) => ({
              id: publicId('app', id),
              name,
              slug,
              visibility,
              originCount: origins.length,
              use: '',
            }))}
          />
        )}
      </Panel>
    </div>
  )
}

function rowOf({ app, isOwn, consent, spent, held, monthlyLimit, paused }: PayerApp): UsedAppRow {
  const { name, slug } = app
  return { id: publicId('app', app.id), name, slug, isOwn, consent, spent, held, monthlyLimit, paused }
}
