import Link from 'next/link'
import { ActionButton } from '@/components/apps/action-button'
import { type AppAction, appLinkId, type UsedAppRow } from '@/components/apps/app-json'
import { limitInWords, spendingInWords } from '@/components/apps/app-words'
import { BudgetDialog } from '@/components/apps/budget-dialog'
import { OpenApp } from '@/components/apps/open-app'
import { RevokeDialog } from '@/components/apps/revoke-dialog'
import { Badge } from '@/components/ui/badge'
import { Meter } from '@/components/ui/meter'
import { toCredits } from '@/lib/millicredits'

export type UsedAppActions = { changeBudget: AppAction; setPaused: AppAction; revoke: AppAction }

type UsedAppsProps = { apps: UsedAppRow[]; resetsAt: Date | null; actions: UsedAppActions }

/** Each used app's spending this month, its budget, and controls to pause it or revoke its access. */
export function UsedApps({ apps, resetsAt, actions }: UsedAppsProps) {
  return (
    <ul aria-label="Apps you use" className="divide-y divide-line">
      {apps.map((app) => (
        <li key={app.id} className="px-5 py-4 sm:px-6">
          <UsedApp app={app} resetsAt={resetsAt} actions={actions} />
        </li>
      ))}
    </ul>
  )
}

type UsedAppProps = Omit<UsedAppsProps, 'apps'> & { app: UsedAppRow }

function UsedApp({ app, resetsAt, actions }: UsedAppProps) {
  const words = spendingInWords(app)
  const limit = limitInWords(app, resetsAt)
  return (
    <>
      <div className="flex flex-wrap items-start justify-between gap-x-8 gap-y-3">
        <div className="min-w-0">
          <h3 className="flex flex-wrap items-center gap-x-2.5 gap-y-1 text-sm font-medium">
            <Link
              id={appLinkId(app.id)}
              href={`/settings/usage?app=${encodeURIComponent(app.slug)}&period=this`}
              className="min-w-0 break-words underline-offset-4 hover:underline"
            >
              {app.name}
            </Link>
            {app.isOwn && <Badge>Yours</Badge>}
            {app.paused && <Badge tone="warn">Paused</Badge>}
            {app.consent === 'revoked' && <Badge tone="bad">Access revoked</Badge>}
          </h3>
          <p className="mt-1 text-label text-muted tabular-nums">
            {words}
            {app.monthlyLimit === null && ' · no limit'}
            {app.isOwn && ' · no premium'}
          </p>
        </div>
        <div className="flex flex-wrap gap-2">
          {app.isHere && <OpenApp {...app} />}
          <BudgetDialog app={app} action={actions.changeBudget} />
          <ActionButton
            key={String(app.paused)}
            action={actions.setPaused}
            fields={{ app: app.id, paused: app.paused ? 'no' : 'yes' }}
            label={app.paused ? 'Resume' : 'Pause'}
            busyLabel={app.paused ? 'Resuming…' : 'Pausing…'}
            name={`${app.paused ? 'Resume' : 'Pause'} ${app.name}`}
          />
          {app.consent !== 'none' && <RevokeDialog app={app} action={actions.revoke} />}
        </div>
      </div>
      {app.monthlyLimit !== null && (
        <Meter
          className="mt-3"
          label={`Budget of ${app.name} used`}
          value={toCredits(app.spent) + toCredits(app.held)}
          max={toCredits(app.monthlyLimit)}
          valueText={words}
          tone={limit === null ? 'accent' : 'warn'}
        />
      )}
      {limit && <p className="mt-2 text-label text-warn">{limit}</p>}
    </>
  )
}
