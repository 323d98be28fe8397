import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import { includedOperations, paidOperations } from '@/components/site/tier-words'
import { Badge } from '@/components/ui/badge'
import { Panel } from '@/components/ui/panel'
import { type Catalog, freePlan, isOpenTier, mainPrice, type Plan, paidPlan } from '@/lib/catalog'
import { formatList, formatMoney, formatWholeCredits } from '@/lib/format'

type PlanCardsProps = {
  catalog: Catalog
  /** The viewer's plan; null for a visitor. */
  current: string | null
  /** The plan that the person was sent here to buy. */
  suggested?: string | null
  /** The button or link on each plan's card. */
  actions: { free: ReactNode; paid: ReactNode }
}

/** The plans side by side: monthly credits, included operations and price. */
export function PlanCards({ catalog, current, suggested = null, actions }: PlanCardsProps) {
  const [free, paid] = [freePlan(catalog), paidPlan(catalog)]
  const { amount, currency } = mainPrice(paid)
  const operations = paidOperations(catalog)
  const more = catalog.operations.filter(({ tier }) => !isOpenTier(catalog, tier)).map(({ name }) => name)
  const mark = (key: string): PlanMark => {
    if (key === current) return 'current'
    return key === suggested ? 'suggested' : null
  }
  return (
    <div className="grid gap-4 md:grid-cols-2">
      <PlanCard
        plan={free}
        price={formatMoney(0, currency)}
        mark={mark(free.key)}
        features={[
          `All ${includedOperations(catalog, free)}, in the editor and in apps`,
          'Resets each month on the day you signed up, at 00:00 UTC',
          'Credit packs whenever you need more',
        ]}
        action={actions.free}
      />
      <PlanCard
        plan={paid}
        price={formatMoney(amount, currency)}
        mark={mark(paid.key)}
        features={[
          ...(operations === null ? [] : [`The ${operations} too: ${formatList(more)}`]),
          'Renews each month on the day you upgraded',
          'Credit packs whenever you need more',
        ]}
        action={actions.paid}
      />
    </div>
  )
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
      <p className="mt-2 text-sm text-muted tabular-nums">{price} a month</p>
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
