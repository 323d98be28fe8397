import { visibilityWords } from '@/components/apps/app-words'
import { OpenApp } from '@/components/apps/open-app'
import { Badge } from '@/components/ui/badge'
import { LinkButton } from '@/components/ui/link-button'
import type { AppVisibility } from '@/lib/apps/app'

/** An app in its creator's list. */
export type MadeAppRow = {
  id: string
  name: string
  slug: string
  visibility: AppVisibility
  /** The number of registered origins; without one, nobody can give consent. */
  originCount: number
  /** This month's use by others, in words. */
  use: string
  /** True if this site hosts the app. */
  isHere: boolean
}

export function MadeApps({ apps }: { apps: MadeAppRow[] }) {
  return (
    <ul aria-label="Apps you made" className="divide-y divide-line">
      {apps.map((app) => (
        <li
          key={app.id}
          className="flex flex-wrap items-start justify-between gap-x-8 gap-y-3 px-5 py-4 sm:px-6"
        >
          <div className="min-w-0">
            <h3 className="flex flex-wrap items-center gap-x-2.5 gap-y-1 text-sm font-medium">
              <span className="min-w-0 break-words">{app.name}</span>
              <Badge tone={app.visibility === 'public' ? 'good' : 'neutral'}>
                {visibilityWords[app.visibility].label}
              </Badge>
            </h3>
            <p className="mt-1 break-words text-label text-muted tabular-nums">
              {app.use}
              {' · '}
              <code className="font-mono">{app.slug}</code>
            </p>
            {app.originCount === 0 && app.visibility !== 'private' && (
              <p className="mt-1 text-label text-warn">
                It has no registered origin, so no one can allow it on the connect page.
              </p>
            )}
          </div>
          <div className="flex flex-wrap gap-2">
            {app.isHere && <OpenApp {...app} />}
            <LinkButton
              size="sm"
              href={`/settings/rewards?app=${encodeURIComponent(app.slug)}`}
              aria-label={`Rewards of ${app.name}`}
            >
              Rewards
            </LinkButton>
            <LinkButton size="sm" href={`/settings/apps/${app.id}`} aria-label={`Change ${app.name}`}>
              Change
            </LinkButton>
          </div>
        </li>
      ))}
    </ul>
  )
}
