import Link from 'next/link'
import {
  type RunActions,
  RunControls,
  RunMeter,
  runEndInWords,
  runName,
  runUseInWords,
} from '@/components/limits/run-state'
import { Pagination } from '@/components/ui/pagination'
import { Panel } from '@/components/ui/panel'
import type { RunState } from '@/lib/credits/verbs/runs'
import { plural } from '@/lib/format'
import { publicId } from '@/lib/ids'

type RunsPanelProps = {
  runs: RunState[]
  /** The names of the person's apps, by id. */
  apps: ReadonlyMap<string, string>
  actions: RunActions
  newerHref: string | null
  olderHref: string | null
}

/** A person's open runs: what each has used and reserves, and controls to raise its cap or stop it. */
export function RunsPanel({ runs, apps, actions, newerHref, olderHref }: RunsPanelProps) {
  return (
    <Panel
      id="runs"
      title="Running now"
      description="Agents that may still use your credits, each up to its cap."
      flush
      footer={
        (newerHref !== null || olderHref !== null) && (
          <Pagination label="Pages of runs" newerHref={newerHref} olderHref={olderHref} />
        )
      }
    >
      <ul aria-label="Running now" className="divide-y divide-line">
        {runs.map((run) => (
          <li key={run.id} className="px-5 py-4 sm:px-6">
            <Row
              run={run}
              app={run.appId === null ? null : (apps.get(run.appId) ?? 'An app')}
              actions={actions}
            />
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function Row({ run, app, actions }: { run: RunState; app: string | null; actions: RunActions }) {
  const name = runName(run)
  const charges = plural(run.charges, 'charge')
  return (
    <>
      <div className="flex flex-wrap items-start justify-between gap-x-8 gap-y-3">
        <div className="min-w-0 flex-1 basis-64 text-label text-muted tabular-nums">
          <h3 className="text-sm font-medium break-words text-ink">{name}</h3>
          <p className="mt-1">{runUseInWords(run)}</p>
          <p className="mt-1 break-words">
            {app !== null && `${app} · `}
            {run.charges === 0 ? (
              charges
            ) : (
              <Link
                href={`/settings/usage?q=${publicId('run', run.id)}`}
                className="text-accent underline underline-offset-4"
              >
                {charges}
              </Link>
            )}
            {` · ${runEndInWords(run)}`}
          </p>
        </div>
        <RunControls run={run} name={name} actions={actions} />
      </div>
      <RunMeter run={run} name={name} />
    </>
  )
}
