// Answers: what plan am I on, until when, what would more cost, and what did I pay? Days are in UTC, as periods are.

import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import type { ReactNode } from 'react'
import { Streamed } from '@/app/streamed'
import { viewerBalance, viewerBalanceJson } from '@/app/viewer-balance'
import { LiveCreditsLeft } from '@/components/balance/live-credits-left'
import { ActionForm } from '@/components/billing/action-form'
import { GoneOfferNotice, OutdatedNotice, PaymentNotice } from '@/components/billing/billing-notices'
import { CurrencyChoice } from '@/components/billing/currency-choice'
import { CurrentPlan } from '@/components/billing/current-plan'
import { ListSkeleton } from '@/components/billing/list-skeleton'
import { shownCurrency } from '@/components/billing/offer-words'
import { type Buying, PackOffer, UpgradeOffer } from '@/components/billing/offers'
import { planInWords, planName } from '@/components/billing/plan-words'
import { PanelBoundary } from '@/components/dashboard/panel-boundary'
import { PACKS_NOTE, PackList } from '@/components/site/pack-list'
import { PlanCards } from '@/components/site/plan-cards'
import { buttonClass } from '@/components/ui/button'
import { PageHeader } from '@/components/ui/shell'
import { pageContext, requireViewer } from '@/lib/auth/viewer'
import { getBillingState, refreshBilling } from '@/lib/billing'
import { type Catalog, freePlan, isFreePlan, isSold, plansByRank } from '@/lib/catalog'
import { catalogAt } from '@/lib/catalogs/current'
import { getEnv } from '@/lib/env'
import { formatList, formatWholeCredits } from '@/lib/format'
import { Statement } from '../statement/statement'
import { buy, keep, manage } from './actions'
import { Invoices } from './invoices'
import { type Asked, askedPath, type BillingSearch, parseSearch } from './search'
import { wayBack } from './way-back'

export const metadata: Metadata = { title: 'Billing' }

type BillingPageProps = { searchParams: Promise<BillingSearch> }

export default async function BillingPage({ searchParams }: BillingPageProps) {
  if (!getEnv().hasBilling) notFound()
  const asked = parseSearch(await searchParams)
  const viewer = await requireViewer(askedPath(asked))
  const ctx = pageContext(viewer)
  const isCurrent = await refreshBilling(ctx)
  const now = ctx.clock.now()
  const catalog = catalogAt(now)
  const [state, balance, balanceJson, back] = await Promise.all([
    getBillingState(ctx),
    viewerBalance(viewer.userId),
    viewerBalanceJson(viewer.userId),
    wayBack(ctx, asked.returnTo),
  ])
  const currency = shownCurrency(catalog, state.currency, asked.currency)
  const offered: Buying = { buyer: state, buy, currency, returnTo: back?.href ?? null }
  const words = planInWords({ state, resetsAt: balance.allowance.resetsAt, now })
  const plans = <Plans catalog={catalog} offered={offered} current={state.plan} asked={asked} />
  // Only an app's URL has to survive a visit to the portal; our own pages are in the navigation.
  const herePath = askedPath(back?.isOwn === false ? { returnTo: back.href } : {})
  return (
    <>
      <PageHeader
        title="Billing"
        description="Your plan, the prices of more credits, and your invoices."
        actions={
          back?.isOwn === false && (
            <a href={back.href} className={buttonClass()}>
              {back.label}
            </a>
          )
        }
      />
      <div className="space-y-6">
        <GoneOfferNotice catalog={catalog} pack={asked.pack} plan={asked.plan} current={state.plan} />
        {!isCurrent && <OutdatedNotice readAt={state.readAt} here={askedPath(asked)} />}
        <PaymentNotice state={state} />
        <CurrentPlan
          name={planName(state.plan)}
          words={words}
          creditsLeft={
            <LiveCreditsLeft balance={balanceJson} renderedAt={now.toISOString()} pace="closely" />
          }
          change={
            state.next && (
              <ActionForm
                action={keep}
                fields={{}}
                label={`Keep ${planName(state.plan)}`}
                busyLabel="One moment…"
              />
            )
          }
          manage={
            state.hasCustomer && (
              <ActionForm
                action={manage}
                fields={{ returnTo: herePath }}
                label="Manage plan and payment"
                busyLabel="Opening Stripe…"
              />
            )
          }
        />
      </div>
      <div className="mt-10 empty:hidden">
        {state.currency === null && (
          <CurrencyChoice
            currencies={catalog.currencies}
            current={currency}
            linkTo={(other) => askedPath({ ...asked, currency: other })}
          />
        )}
      </div>
      {isFreePlan(catalog, state.plan) && plans}
      <Section id="packs" title="Credit packs" note={PACKS_NOTE}>
        <PackList
          catalog={catalog}
          currency={currency}
          suggested={asked.pack}
          offer={(pack) => <PackOffer {...offered} pack={pack} focused={asked.pack === pack.key} />}
        />
      </Section>
      <Section id="invoices" title="What you paid">
        <Streamed
          key={asked.invoices}
          here={askedPath(asked)}
          fallback={<ListSkeleton label="Loading your invoices" />}
        >
          <Invoices ctx={ctx} asked={asked} />
        </Streamed>
      </Section>
      <Section
        id="statement"
        title="Statement"
        note="Every movement of your credits, in and out, with the balance after it (available and held)."
      >
        <PanelBoundary what="Your statement" renderedAt={now.toISOString()}>
          <Streamed
            key={asked.statement}
            here={askedPath(asked)}
            fallback={<ListSkeleton label="Loading your statement" />}
          >
            <Statement
              ctx={ctx}
              accountId={viewer.userId}
              cursor={asked.statement}
              linkTo={(statement) => `${askedPath({ ...asked, statement })}#statement`}
            />
          </Streamed>
        </PanelBoundary>
      </Section>
      {/* Subscribers come for packs and invoices, so they do not see the comparison of plans. */}
      {!isFreePlan(catalog, state.plan) && plans}
    </>
  )
}

type PlansProps = { catalog: Catalog; offered: Buying; current: string; asked: Asked }

/** The plans side by side, with a button for each one available to the person. */
function Plans({ catalog, offered, current, asked }: PlansProps) {
  const plans = plansByRank(catalog)
  const free = freePlan(catalog)
  const title = plans.length === 2 ? formatList(plans.map(({ name }) => name)) : 'Plans'
  return (
    <Section id="plans" title={title}>
      <PlanCards
        catalog={catalog}
        currency={offered.currency}
        current={current}
        suggested={plans.find((plan) => isSold(plan) && plan.key === asked.plan)?.key ?? null}
        action={(plan) =>
          isSold(plan) && (
            <UpgradeOffer
              {...offered}
              catalog={catalog}
              plan={plan}
              focused={plan.key === asked.plan}
              terms={`The ${formatWholeCredits(plan.monthlyCredits)} credits arrive immediately; any ${free.name} credits left this month expire. Packs stay. You can cancel at any time, and keep ${plan.name} to the end of the ${plan.interval} you paid for.`}
            />
          )
        }
      />
    </Section>
  )
}

type SectionProps = { id: string; title: string; note?: string; children: ReactNode }

function Section({ id, title, note, children }: SectionProps) {
  return (
    <section id={id} aria-labelledby={`${id}-title`} className="mt-10">
      <h2 id={`${id}-title`} className="text-lg font-medium tracking-tight">
        {title}
      </h2>
      {note && <p className="mt-1.5 max-w-prose text-sm text-muted">{note}</p>}
      <div className="mt-4">{children}</div>
    </section>
  )
}
