import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import { formatMoney } from '@/components/site/money'
import { LinkButton } from '@/components/ui/link-button'
import { Panel } from '@/components/ui/panel'
import type { Plan } from '@/lib/catalog'
import { formatWholeCredits } from '@/lib/millicredits'

type PlanCardsProps = { free: Plan; superPlan: Plan; advanced: string[]; locale: string }

/** Both plans side by side: what a month brings and what it opens. */
export function PlanCards({ free, superPlan, advanced, locale }: PlanCardsProps) {
  return (
    <div className="grid gap-4 md:grid-cols-2">
      <PlanCard
        plan={free}
        locale={locale}
        features={[
          'All standard operations, in the editor and in apps',
          'Resets each month on the day you signed up, at 00:00 UTC',
          'Credit packs whenever you need more',
        ]}
        action={
          <LinkButton href="/signin" className="w-full">
            Start with {formatWholeCredits(free.monthlyCredits, locale)} credits
          </LinkButton>
        }
      />
      <PlanCard
        plan={superPlan}
        locale={locale}
        features={[
          `The advanced operations too: ${new Intl.ListFormat('en').format(advanced)}`,
          'Renews each month on the day you upgraded',
          'Credit packs whenever you need more',
        ]}
        action={
          <LinkButton href="/signin" variant="primary" className="w-full">
            Sign in to get Super for {formatMoney(superPlan.priceCents, superPlan.currency, locale)} a month
          </LinkButton>
        }
      />
    </div>
  )
}

type PlanCardProps = { plan: Plan; locale: string; features: string[]; action: ReactNode }

function PlanCard({ plan, locale, features, action }: PlanCardProps) {
  return (
    <Panel title={plan.name} level={3} className="flex flex-col [&>div]:flex [&>div]:flex-1 [&>div]:flex-col">
      <p className="tabular-nums">
        <span className="text-figure">{formatWholeCredits(plan.monthlyCredits, locale)}</span>
        <span className="ml-2 text-sm text-muted">credits a month</span>
      </p>
      <p className="mt-2 text-sm text-muted tabular-nums">
        {formatMoney(plan.priceCents, plan.currency, locale)} a month
      </p>
      <ul className="mt-6 mb-8 space-y-2.5 text-sm">
        {features.map((feature) => (
          <li key={feature} className="flex gap-2.5">
            <Check aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-accent" />
            {feature}
          </li>
        ))}
      </ul>
      <div className="mt-auto">{action}</div>
    </Panel>
  )
}
