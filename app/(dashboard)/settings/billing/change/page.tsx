// Answers: what does changing to this plan cost now, what changes, and when?
import type { Metadata } from 'next'
import { notFound, redirect } from 'next/navigation'
import { viewerBalance } from '@/app/viewer-balance'
import { ActionForm } from '@/components/billing/action-form'
import { changeInWords } from '@/components/billing/change-words'
import { StripeSilent } from '@/components/billing/stripe-silent'
import { LinkButton } from '@/components/ui/link-button'
import { Panel } from '@/components/ui/panel'
import { PageHeader } from '@/components/ui/shell'
import { pageContext, requireViewer } from '@/lib/auth/viewer'
import { findPlanChange, type PlanChange } from '@/lib/billing'
import { catalogAt } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { InvalidRequest, Unavailable } from '@/lib/errors'
import { change } from '../actions'
import { type Asked, askedPath, type BillingSearch, changePath, parseSearch } from '../search'

export const metadata: Metadata = { title: 'Change plan' }

type ChangePageProps = { searchParams: Promise<BillingSearch> }

export default async function ChangePage({ searchParams }: ChangePageProps) {
  if (!getEnv().hasBilling) notFound()
  const asked = parseSearch(await searchParams)
  const viewer = await requireViewer(changePath(asked))
  const ctx = pageContext(viewer)
  const [found, { allowance }] = await Promise.all([read(ctx, asked), viewerBalance(viewer.userId)])
  if (found === null) return <NotNow here={changePath(asked)} />
  const now = ctx.clock.now()
  const words = changeInWords({
    change: found,
    left: allowance.remaining,
    catalog: catalogAt(now),
    now,
    asksTax: getEnv().stripe.asksTax,
  })
  return (
    <>
      <PageHeader title={words.title} />
      <Panel className="max-w-2xl">
        <ul className="list-disc space-y-2 pl-5 text-sm">
          {words.terms.map((term) => (
            <li key={term}>{term}</li>
          ))}
        </ul>
        <div className="mt-8 flex flex-col gap-3 sm:flex-row">
          <div className="sm:w-72">
            <ActionForm
              action={change}
              fields={{ plan: found.to.key, price: found.to.lookupKey, returnTo: asked.returnTo ?? null }}
              label={words.confirm}
              busyLabel="Changing the plan…"
              variant="primary"
            />
          </div>
          <LinkButton href={askedPath({ returnTo: asked.returnTo })}>Keep {found.from.name}</LinkButton>
        </div>
      </Panel>
    </>
  )
}

/**
 * Null while Stripe does not respond. Redirects to the billing page if this is not a change of plan or cannot be made
 * now.
 */
async function read(ctx: Context, asked: Asked): Promise<PlanChange | null> {
  const billing = askedPath({ plan: asked.plan, returnTo: asked.returnTo })
  const found = await findPlanChange(ctx, { plan: asked.plan ?? '' }).catch((error: unknown) => {
    if (error instanceof Unavailable) return 'unavailable' as const
    if (error instanceof InvalidRequest) return null
    throw error
  })
  if (found === null) redirect(billing)
  return found === 'unavailable' ? null : found
}

function NotNow({ here }: { here: string }) {
  return (
    <StripeSilent title="Change plan" here={here}>
      Nothing was changed or charged.
    </StripeSilent>
  )
}
