// A sample app. Answers: what does it make, what would that cost me before I press anything, and what do I keep here?

import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { setPaused } from '@/app/(dashboard)/settings/apps/actions'
import { appSpendingInWords } from '@/components/apps/app-words'
import { ShowAppSpending } from '@/components/balance/app-spending'
import { AppAi } from '@/components/studio/app-ai'
import { AppHead } from '@/components/studio/app-look'
import type { ItemJson } from '@/components/studio/item-json'
import { SavedItems } from '@/components/studio/saved-items'
import { Badge } from '@/components/ui/badge'
import { buttonClass } from '@/components/ui/button'
import { LinkButton } from '@/components/ui/link-button'
import { Notice } from '@/components/ui/notice'
import { ColumnShell } from '@/components/ui/shell'
import { type AiDeps, sampleRuntime } from '@/lib/ai/metered'
import { getViewer, pageContext } from '@/lib/auth/viewer'
import { catalogAt } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'
import { creditsInWords, formatBps } from '@/lib/format'
import { publicId } from '@/lib/ids'
import { currentToken } from '@/lib/studio/current-token'
import { chargeDues } from '@/lib/studio/dues'
import { featuresOf } from '@/lib/studio/features'
import type { Item } from '@/lib/studio/item'
import { listItems } from '@/lib/studio/list-items'
import { openApp } from '@/lib/studio/open-app'
import { priceFeature } from '@/lib/studio/price-feature'
import { readSpending } from '@/lib/studio/read-spending'
import { getStudioApp, type StudioApp } from '@/lib/studio/studio-app'
import { removeItem, saveItem } from './actions'

type StudioPageProps = {
  params: Promise<{ slug: string }>
  searchParams: Promise<{ resume?: string | string[]; consent?: string | string[] }>
}

export async function generateMetadata({ params }: StudioPageProps): Promise<Metadata> {
  const app = await appOf(pageContext(await getViewer()), (await params).slug)
  if (app === null) return {}
  const { name, tagline } = app.design
  return { title: name, description: tagline, robots: { index: app.visibility === 'public' } }
}

export default async function StudioPage({ params, searchParams }: StudioPageProps) {
  const { slug } = await params
  const { resume, consent } = await searchParams
  const viewer = await getViewer()
  const ctx = pageContext(viewer)
  const app = await appOf(ctx, slug)
  if (app === null) notFound()
  const base = `/apps/${app.slug}`
  const isOwn = viewer !== null && viewer.userId === app.creatorId
  return (
    <ColumnShell>
      <AppHead {...app.design} level={1}>
        {isOwn && <Badge>Yours: no premium</Badge>}
        {app.visibility !== 'public' && (
          <Badge>{app.visibility === 'private' ? 'Private' : 'Unlisted'}</Badge>
        )}
      </AppHead>
      <div className="mt-6 space-y-6">
        {consent === 'failed' && (
          <Notice tone="warn" title="This was not finished.">
            The app did not learn that you allowed it. Try again from here.
          </Notice>
        )}
        {viewer === null ? (
          <Notice
            title="Sign in to use this app."
            action={
              <LinkButton href={`/signin?returnTo=${encodeURIComponent(base)}`} variant="primary" size="sm">
                Sign in
              </LinkButton>
            }
          >
            What you save in it is visible only to you, and its AI features are paid from your own credits.
          </Notice>
        ) : (
          <Use
            ctx={ctx}
            app={app}
            base={base}
            isOwn={isOwn}
            resume={typeof resume === 'string' ? resume : null}
            isDeclined={consent === 'declined'}
          />
        )}
      </div>
    </ColumnShell>
  )
}

type UseProps = {
  ctx: Context
  app: StudioApp
  base: string
  isOwn: boolean
  resume: string | null
  isDeclined: boolean
}

async function Use({ ctx, app, base, isOwn, resume, isDeclined }: UseProps) {
  const deps = await sampleRuntime()
  await openApp(ctx, app)
  if (deps !== null) await chargeDues(ctx, deps)
  const [items, ai] = await Promise.all([listItems(ctx, app.id), aiOf(ctx, deps, app)])
  const premium = formatBps(catalogAt(ctx.clock.now()).creatorPremiumBps)
  return (
    <>
      {ai === 'none' && (
        <Notice tone="warn" title="AI is not set up on this server.">
          What you save here works without it.
        </Notice>
      )}
      {typeof ai === 'object' && ai.mustAsk && (
        <Notice
          title={
            isDeclined ? (
              'You did not allow it, and nothing was spent.'
            ) : (
              <>
                <bdi>{app.design.name}</bdi> asks before it spends.
              </>
            )
          }
          action={
            // A plain link, because the connect page must not be prefetched.
            <a href={`${base}/connect`} className={buttonClass('primary', 'sm')}>
              Choose a budget
            </a>
          }
        >
          Its AI features are paid from your credits, within a monthly budget you choose
          {isOwn
            ? '. It is your own app, so no premium is added.'
            : `; ${premium} on top goes to its creator.`}{' '}
          Everything else here is free.
        </Notice>
      )}
      {typeof ai === 'object' && !ai.mustAsk && (
        <ShowAppSpending name={app.design.name} words={ai.spending} />
      )}
      {typeof ai === 'object' && (
        <AppAi
          base={base}
          features={ai.features}
          placeholder={app.design.placeholder}
          premium={isOwn ? null : premium}
          resume={resume}
          app={{ id: publicId('app', app.id), name: app.design.name }}
          mustAsk={ai.mustAsk}
          isPaused={ai.isPaused}
          setPaused={setPaused}
        />
      )}
      <SavedItems
        app={app.slug}
        items={items.map((item) => itemJson(item, base))}
        actions={{ save: saveItem, remove: removeItem }}
      />
    </>
  )
}

/** Null if the app is unknown or the viewer may not use it. */
async function appOf(ctx: Context, slug: string): Promise<StudioApp | null> {
  try {
    return await getStudioApp(ctx, slug)
  } catch (error) {
    if (error instanceof NotFound) return null
    throw error
  }
}

/** The app's features with their prices, and `mustAsk` if consent is missing; `none` if the server has no AI. */
async function aiOf(ctx: Context, deps: AiDeps | null, app: StudioApp) {
  if (deps === null) return 'none'
  const [token, spending] = await Promise.all([currentToken(ctx, app.id), readSpending(ctx, app.id)])
  const features = featuresOf(app.design.kind).map(async (feature) => {
    return { ...feature, price: await priceFeature(ctx, deps, { app, feature, prompt: '', token, spending }) }
  })
  return {
    features: await Promise.all(features),
    mustAsk: token === null,
    isPaused: spending.paused,
    spending: appSpendingInWords(spending),
  }
}

function itemJson({ id, kind, title, body, mediaType, made }: Item, base: string): ItemJson {
  const item = publicId('item', id)
  const cost =
    made?.chargeId && made.total !== null
      ? {
          words: `Cost ${creditsInWords(made.total)}`,
          charge: publicId('charge', made.chargeId),
        }
      : null
  const media = mediaType === null ? null : { href: `${base}/media/${item}`, type: mediaType }
  return { id: item, kind, title, body, media, cost }
}
