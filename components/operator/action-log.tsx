import type { LeavingAction } from '@/components/billing/action-form'
import { ActionForm } from '@/components/billing/action-form'
import { DateTime } from '@/components/format/date-time'
import { actionInWords } from '@/components/operator/timeline-words'
import { Badge } from '@/components/ui/badge'
import { Panel } from '@/components/ui/panel'
import { decimalOf } from '@/lib/currencies'
import { publicId } from '@/lib/ids'
import { dateFromMicros } from '@/lib/instant'
import type { OperatorAction } from '@/lib/operator/action-log'

type ActionLogProps = {
  actions: OperatorAction[]
  /** The server action that resumes an interrupted action under the same key, keyed by kind of action. */
  again: Partial<Record<OperatorAction['kind'], LeavingAction>>
}

/** The staff actions on one object, newest first. */
export function ActionLog({ actions, again }: ActionLogProps) {
  if (actions.length === 0) return null
  return (
    <Panel title="What staff did" flush>
      <ul className="divide-y divide-line border-t border-line text-sm">
        {actions.map((action) => {
          const words = actionInWords(action)
          const retry = action.outcome === null ? again[action.kind] : undefined
          return (
            <li key={action.id} className="space-y-1 px-5 py-3 sm:px-6">
              <p className="flex flex-wrap items-baseline justify-between gap-x-4">
                <span className="font-medium">{words.title}</span>
                <span className="text-label text-muted">
                  <DateTime value={dateFromMicros(action.at)} />
                </span>
              </p>
              {words.details.map((detail) => (
                <p key={detail} className="break-words text-label text-muted">
                  {detail}
                </p>
              ))}
              {action.outcome === null && <Badge tone="warn">May not have finished</Badge>}
              {retry && (
                <div className="max-w-xs pt-2">
                  <ActionForm
                    action={retry}
                    fields={{
                      subject: action.subject,
                      user: action.accountId === null ? null : publicId('user', action.accountId),
                      reason: action.reason,
                      key: action.key,
                      amount:
                        action.amount === null ? null : decimalOf(action.amount, action.currency ?? 'usd'),
                      currency: action.currency ?? 'usd',
                    }}
                    label="Finish it"
                    busyLabel="Finishing…"
                    size="sm"
                  />
                </div>
              )}
            </li>
          )
        })}
      </ul>
    </Panel>
  )
}
