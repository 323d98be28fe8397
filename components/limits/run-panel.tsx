import { ActionButton } from '@/components/apps/action-button'
import type { AppAction } from '@/components/apps/app-json'
import { LimitForm } from '@/components/limits/limit-form'
import { LinkButton } from '@/components/ui/link-button'
import { Meter } from '@/components/ui/meter'
import { Panel } from '@/components/ui/panel'
import type { RunState } from '@/lib/credits/verbs/runs'
import { formatTime, formatWholeCredits, plural } from '@/lib/format'
import { publicId } from '@/lib/ids'
import { toCredits } from '@/lib/millicredits'

type RunPanelProps = { run: RunState; actions: { raise: AppAction; close: AppAction } }

/** A run opened by a link: the used part of its cap, and ways to continue or stop it. */
export function RunPanel({ run, actions }: RunPanelProps) {
  const { cap, spent, held, charges, label, status, closesAt } = run
  const id = publicId('run', run.id)
  const reserved = held > 0 ? `, ${formatWholeCredits(held)} held` : ''
  const words = `${formatWholeCredits(spent)} of ${formatWholeCredits(cap)} credits used${reserved}`
  const isOpen = status === 'open'
  const until = `${isOpen ? 'Closes automatically' : 'Closed'} ${formatTime(closesAt, 'dateTime')} UTC`
  return (
    <Panel
      id="run"
      title={label ?? 'An agent’s run'}
      description={`${plural(charges, 'charge')} so far. ${until}.`}
      actions={
        <LinkButton href={`/settings/usage?q=${id}`} size="sm">
          See its charges
        </LinkButton>
      }
    >
      <p className="text-label text-muted tabular-nums">{words}</p>
      <Meter
        className="mt-3"
        label="Cap of the run used"
        value={toCredits(spent) + toCredits(held)}
        max={toCredits(cap)}
        valueText={words}
        tone={spent + held < cap ? 'accent' : 'warn'}
      />
      {isOpen && (
        <div className="mt-4 flex flex-wrap items-start gap-x-4 gap-y-3">
          <LimitForm
            key={cap}
            action={actions.raise}
            fields={{ run: id }}
            name="Cap of the run"
            amount={cap}
            isRequired
          />
          <ActionButton
            action={actions.close}
            fields={{ run: id }}
            label="Stop the run"
            busyLabel="Stopping…"
            name="Stop the run"
          />
        </div>
      )}
    </Panel>
  )
}
