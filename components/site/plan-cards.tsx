import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import { planPriceInWords } from '@/components/billing/offer-words'
import { addedOperations, addedTiers, includedOperations } from '@/components/site/tier-words'
import { Badge } from '@/components/ui/badge'
import { Panel } from '@/components/ui/panel'
import { type Catalog, freePlan, isSold, type Plan, plansByRank } from '@/lib/catalog'
import { getEnv } from '@/lib/env'
import { formatList, formatMoney, formatWholeCredits } from '@/lib/format'

type PlanCardsProps = {
  catalog: Catalog
  currency: string
  /** The viewer's plan; null for a visitor. */
  current: string | null
  /** The plan that the person was sent here to buy. */
  suggested?: string | null
  /** The button or link on a plan's card. */
  action: (plan: Plan) => ReactNode
}

/** The plans side by side: monthly credits, included operations and price. */
export function PlanCards({ catalog, currency, current, suggested = null, action }: PlanCardsProps) {
  const mark = (key: string): PlanMark => {
    if (key === current) return 'current'
    return key === suggested ? 'suggested' : null
  }
  const plans = plansByRank(catalog)
  return (
    <div
      className={`grid gap-4 md:grid-cols-2 ${plans.length === 3 || plans.length > 4 ? 'xl:grid-cols-3' : ''}`}
    >
      {plans.map((plan) => (
        <PlanCard
          key={plan.key}
          plan={plan}
          price={priceOf(plan, currency)}
          mark={mark(plan.key)}
          features={featuresOf(catalog, plan)}
          action={action(plan)}
        />
      ))}
    </div>
  )
}

/** "$20 a month"; the free plan costs nothing. */
function priceOf(plan: Plan, currency: string): string {
  return isSold(plan) ? planPriceInWords(plan, currency) : `${formatMoney(0, currency)} a month`
}

const RENEWS = {
  month: 'Renews each month on the day you upgraded',
  year: 'Paid once a year, with new credits each month on the day you upgraded',
}

/** If the platform does its own billing, every plan follows the free plan's months. */
function featuresOf(catalog: Catalog, plan: Plan): string[] {
  const { hasBilling } = getEnv()
  const reset = 'Resets each month on the day you signed up, at 00:00 UTC'
  const packs = hasBilling ? ['Credit packs whenever you need more'] : []
  if (!isSold(plan))
    return [
      `All ${includedOperations(catalog, freePlan(catalog))}, in the editor and in apps`,
      reset,
      ...packs,
      ...plan.sellingPoints,
    ]
  const operations = addedOperations(catalog, plan)
  const tiers = addedTiers(catalog, plan)
  const more = catalog.operations.filter(({ tier }) => tiers.includes(tier)).map(({ name }) => name)
  return [
    operations === null
      ? `All ${includedOperations(catalog, plan)}, in the editor and in apps`
      : `The ${operations} too: ${formatList(more)}`,
    hasBilling ? RENEWS[plan.interval] : reset,
    ...packs,
    ...plan.sellingPoints,
  ]
}

type PlanMark = 'current' | 'suggested' | null

type PlanCardProps = { plan: Plan; price: string; mark: PlanMark; features: string[]; action: ReactNode }

function PlanCard({ plan, price, mark, features, action }: PlanCardProps) {
  return (
    <Panel
      title={plan.name}
      level={3}
      actions={mark && <MarkBadge mark={mark} />}
      className={`flex flex-col [&>div]:flex [&>div]:flex-1 [&>div]:flex-col ${mark === 'suggested' ? 'ring-1 ring-accent' : ''}`}
    >
      <p className="tabular-nums">
        <span className="text-figure">{formatWholeCredits(plan.monthlyCredits)}</span>{' '}
        <span className="ml-1 text-sm text-muted">credits a month</span>
      </p>
      <p className="mt-2 text-sm text-muted tabular-nums">{price}</p>
      <ul className="mt-6 space-y-2.5 text-sm">
        {features.map((feature) => (
          <li key={feature} className="flex gap-2.5">
            <Check aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-accent" />
            {feature}
          </li>
        ))}
      </ul>
      {action && <div className="mt-auto pt-8">{action}</div>}
    </Panel>
  )
}

function MarkBadge({ mark }: { mark: 'current' | 'suggested' }) {
  return mark === 'current' ? <Badge>Your plan</Badge> : <Badge tone="accent">Suggested</Badge>
}
