import {
  type RunActions,
  RunControls,
  RunMeter,
  runEndInWords,
  runName,
  runUseInWords,
} from '@/components/limits/run-state'
import { LinkButton } from '@/components/ui/link-button'
import { Panel } from '@/components/ui/panel'
import type { RunState } from '@/lib/credits/verbs/runs'
import { plural } from '@/lib/format'
import { publicId } from '@/lib/ids'

/** A run opened by a link: the used part of its cap, and ways to continue or stop it. */
export function RunPanel({ run, actions }: { run: RunState; actions: RunActions }) {
  const name = runName(run)
  return (
    <Panel
      id="run"
      title={name}
      description={`${plural(run.charges, 'charge')} so far. ${runEndInWords(run)}.`}
      actions={
        <LinkButton href={`/settings/usage?q=${publicId('run', run.id)}`} size="sm">
          See its charges
        </LinkButton>
      }
    >
      <p className="text-label text-muted tabular-nums">{runUseInWords(run)}</p>
      <RunMeter run={run} name={name} />
      {run.status === 'open' && (
        <div className="mt-4">
          <RunControls run={run} name={name} actions={actions} />
        </div>
      )}
    </Panel>
  )
}
