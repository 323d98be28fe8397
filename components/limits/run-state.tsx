import { ActionButton } from '@/components/apps/action-button'
import type { AppAction } from '@/components/apps/app-json'
import { LimitForm } from '@/components/limits/limit-form'
import { Meter } from '@/components/ui/meter'
import type { RunState } from '@/lib/credits/verbs/runs'
import { formatTime, formatWholeCredits, wholeCreditsInWords } from '@/lib/format'
import { publicId } from '@/lib/ids'
import { toCredits } from '@/lib/millicredits'

/** The label of a run, or a description of one that has none. */
export function runName({ label }: RunState): string {
  return label ?? 'An agent’s run'
}

/** "Closes automatically on 10 Mar 2026, 14:00 UTC". */
export function runEndInWords({ status, closesAt }: RunState): string {
  const when = `${formatTime(closesAt, 'dateTime')} UTC`
  return status === 'open' ? `Closes automatically on ${when}` : `Closed on ${when}`
}

/** "8 of 20 credits used, 8 held". */
export function runUseInWords({ cap, spent, held }: RunState): string {
  const reserved = held > 0 ? `, ${formatWholeCredits(held)} held` : ''
  return `${formatWholeCredits(spent)} of ${wholeCreditsInWords(cap)} used${reserved}`
}

/** `name` identifies the run in accessible names: "Plan a trip". */
type RunProps = { run: RunState; name: string }

/** The used and reserved parts of a run's cap. */
export function RunMeter({ run, name }: RunProps) {
  const { cap, spent, held } = run
  return (
    <Meter
      className="mt-3"
      label={`Cap of ${name} used`}
      value={toCredits(spent) + toCredits(held)}
      max={toCredits(cap)}
      valueText={runUseInWords(run)}
      tone={spent + held < cap ? 'accent' : 'warn'}
    />
  )
}

export type RunActions = { raise: AppAction; close: AppAction }

/** The controls that raise the cap of an open run or stop the run. */
export function RunControls({ run, name, actions }: RunProps & { actions: RunActions }) {
  const fields = { run: publicId('run', run.id) }
  return (
    <div className="flex flex-wrap items-start gap-x-4 gap-y-3">
      <LimitForm
        key={run.cap}
        action={actions.raise}
        fields={fields}
        name={`Cap of ${name}`}
        amount={run.cap}
        isRequired
      />
      <div className="sm:py-1">
        <ActionButton
          action={actions.close}
          fields={fields}
          label="Stop the run"
          busyLabel="Stopping…"
          name={`Stop the run: ${name}`}
        />
      </div>
    </div>
  )
}
