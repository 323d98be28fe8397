import type { ReactNode } from 'react'
import type { PlanWords } from '@/components/billing/plan-words'
import { Badge } from '@/components/ui/badge'
import { Panel } from '@/components/ui/panel'

type CurrentPlanProps = {
  name: string
  words: PlanWords
  /** The credits that can be spent now. */
  creditsLeft: ReactNode
  /** The button that cancels a scheduled change; omitted without one. */
  change: ReactNode
  /** The link to the customer portal; omitted if the portal would be empty. */
  manage: ReactNode
}

/** The plan, its end or renewal, and the credits left. */
export function CurrentPlan({ name, words, creditsLeft, change, manage }: CurrentPlanProps) {
  return (
    <Panel>
      <div className="grid gap-x-10 gap-y-5 sm:grid-cols-[minmax(0,1fr)_auto]">
        <div className="min-w-0 max-w-prose">
          <h2 className="text-label text-muted">Your plan</h2>
          <p className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1">
            <span className="text-figure">{name}</span>
            {words.badge && <Badge tone={words.badge.tone}>{words.badge.text}</Badge>}
          </p>
          <p className="mt-2 text-sm tabular-nums">{words.terms}</p>
          {words.outlook && <p className="mt-1 text-sm text-muted tabular-nums">{words.outlook}</p>}
        </div>
        <div className="flex flex-col gap-4 sm:items-end">
          <p className="text-sm tabular-nums">{creditsLeft}</p>
          {change}
          {manage}
        </div>
      </div>
    </Panel>
  )
}
