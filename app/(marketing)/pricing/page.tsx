import type { Metadata } from 'next'
import Link from 'next/link'
import { NuqsAdapter } from 'nuqs/adapters/next/app'
import type { ReactNode } from 'react'
import { buy } from '@/app/(dashboard)/settings/billing/actions'
import { CurrencyChoice } from '@/components/billing/currency-choice'
import { shownCurrency } from '@/components/billing/offer-words'
import { type Buying, PackOffer, UpgradeOffer } from '@/components/billing/offers'
import { Estimator } from '@/components/site/estimator'
import { PACKS_NOTE, PackList } from '@/components/site/pack-list'
import { PlanCards } from '@/components/site/plan-cards'
import type { Purse } from '@/components/site/prepare-estimate'
import { PriceChangeNotice } from '@/components/site/price-change'
import { PriceTable } from '@/components/site/price-table'
import { tierNeeds } from '@/components/site/tier-words'
import { LinkButton } from '@/components/ui/link-button'
import { Panel } from '@/components/ui/panel'
import { ColumnShell, PageHeader } from '@/components/ui/shell'
import { getViewer, pageContext, type Viewer } from '@/lib/auth/viewer'
import { getBillingState } from '@/lib/billing'
import { type Catalog, findPlan, isSold, type PriceVersion } from '@/lib/catalog'
import { catalogAt, planEver } from '@/lib/catalogs/current'
import { getBalance } from '@/lib/credits/verbs/get-balance'
import { currentClock } from '@/lib/current-clock'
import { getEnv } from '@/lib/env'
import { formatBps, formatWholeCredits } from '@/lib/format'

export const metadata: Metadata = {
  title: 'Pricing',
  description: 'What each AI operation costs in credits, and what the plans bring.',
}

type PricingPageProps = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function PricingPage({ searchParams }: PricingPageProps) {
  const [viewer, search] = await Promise.all([getViewer(), searchParams])
  const now = currentClock().now()
  const catalog = catalogAt(now)
  const [buyer, purses] = await Promise.all([
    viewer === null ? null : getBillingState(pageContext(viewer)),
    pursesOf(catalog, viewer),
  ])
  const { hasBilling } = getEnv()
  const asked = typeof search.currency === 'string' ? search.currency : null
  const currency = shownCurrency(catalog, buyer?.currency, asked)
  const linkTo = (other: string) => `/pricing?currency=${other}`
  const offered: Buying = { buyer, buy, currency, returnTo: asked === null ? '/pricing' : linkTo(currency) }
  const premium = formatBps(catalog.creatorPremiumBps)
  return (
    <ColumnShell>
      <PageHeader
        title="Pricing"
        description={`Monthly credits, ${hasBilling ? 'packs, ' : ''}and the price of each operation. Charges are computed from this same table.`}
      />
      <Section id="plans" title="Plans">
        {buyer?.currency == null && (
          <div className="mb-4 empty:hidden">
            <CurrencyChoice currencies={catalog.currencies} current={currency} linkTo={linkTo} />
          </div>
        )}
        <PlanCards
          catalog={catalog}
          currency={currency}
          current={buyer?.plan ?? null}
          action={(plan) => {
            if (isSold(plan)) return hasBilling && <UpgradeOffer {...offered} catalog={catalog} plan={plan} />
            return (
              buyer === null && (
                <LinkButton href="/signin" className="w-full">
                  Start with {formatWholeCredits(plan.monthlyCredits)} credits
                </LinkButton>
              )
            )
          }}
        />
      </Section>
      {hasBilling && (
        <Section id="packs" title="Credit packs" note={PACKS_NOTE}>
          <PackList
            catalog={catalog}
            currency={currency}
            offer={(pack) => <PackOffer {...offered} pack={pack} />}
          />
        </Section>
      )}
      <Section
        id="operations"
        title="What operations cost"
        note={`“~” marks a typical price, not a limit; you are charged the exact rate, to a thousandth of a credit. Using AI in an app that someone else made adds ${premium}, which goes to its creator.`}
      >
        <PriceChangeNotice now={now} />
        <Panel flush>
          <PriceTable catalog={catalog} />
        </Panel>
        <p className="mt-4 max-w-prose text-label text-muted">
          Quantities are billed pro rata.{partsInWords(catalog)}{' '}
          <Link href="/guide#costs" className="text-accent underline underline-offset-4">
            How amounts are calculated
          </Link>
        </p>
      </Section>
      <Section
        id="estimate"
        title="What would it cost?"
        note="Pick an operation and move the quantities. The price is computed by the code that charges; the address of this page keeps your choice."
      >
        <NuqsAdapter>
          <Estimator version={priceVersionOf(catalog)} purses={purses} needs={tierNeeds(catalog)} />
        </NuqsAdapter>
      </Section>
    </ColumnShell>
  )
}

/**
 * The amounts of credits for which uses are counted: the reader's balance or, for a visitor, each plan's monthly
 * credits.
 */
async function pursesOf(catalog: Catalog, viewer: Viewer | null): Promise<Purse[]> {
  if (viewer === null) {
    return catalog.plans.map(({ name, monthlyCredits, tiers }) => ({
      name: `a month of ${name}`,
      credits: monthlyCredits,
      tiers,
    }))
  }
  const { available, plan: current } = await getBalance(pageContext(viewer), viewer.userId)
  const own = findPlan(catalog, current.key) ?? planEver(current.key)
  return [{ name: 'your balance', credits: available, tiers: own?.tiers ?? [] }]
}

/** " Cached input tokens are part of the input tokens and have their own rate."; empty if no field is part of another. */
function partsInWords({ usageFields }: Catalog): string {
  const sentences = usageFields.map(({ label, partOf }) => {
    const whole = usageFields.find(({ key }) => key === partOf)
    return whole ? ` ${label} are part of the ${whole.plural} and have their own rate.` : ''
  })
  return sentences.join('')
}

/** The part of the catalogue that the estimator in the browser needs. */
function priceVersionOf(catalog: Catalog): PriceVersion {
  const { version, creatorPremiumBps, usageFields, usageFlags, units, operations } = catalog
  return { version, creatorPremiumBps, usageFields, usageFlags, units, operations }
}

type SectionProps = { id: string; title: string; note?: string; children: ReactNode }

function Section({ id, title, note, children }: SectionProps) {
  return (
    <section id={id} aria-labelledby={`${id}-title`} className="mt-12 first-of-type:mt-10">
      <h2 id={`${id}-title`} className="text-lg font-medium tracking-tight">
        {title}
      </h2>
      {note && <p className="mt-1.5 max-w-prose text-sm text-muted">{note}</p>}
      <div className="mt-5">{children}</div>
    </section>
  )
}
