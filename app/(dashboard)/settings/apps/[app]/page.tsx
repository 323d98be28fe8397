import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { AppForm } from '@/components/apps/app-form'
import { Panel } from '@/components/ui/panel'
import { PageHeader } from '@/components/ui/shell'
import type { App } from '@/lib/apps/app'
import { getApp } from '@/lib/apps/find-app'
import { requireSight } from '@/lib/auth/require'
import { pageContext, requireViewer } from '@/lib/auth/viewer'
import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { change } from '../actions'

export const metadata: Metadata = { title: 'Change an app' }

type AppPageProps = { params: Promise<{ app: string }> }

export default async function AppPage({ params }: AppPageProps) {
  const { app: name } = await params
  const viewer = await requireViewer(`/settings/apps/${name}`)
  const app = await ownApp(pageContext(viewer), decodeURIComponent(name))
  if (app === null) notFound()
  return (
    <>
      <PageHeader
        title={app.name}
        description={
          <>
            The operator’s server names it <code className="break-all font-mono">{app.slug}</code> or{' '}
            <code className="break-all font-mono">{publicId('app', app.id)}</code>.
          </>
        }
      />
      <Panel>
        <AppForm
          action={change}
          app={publicId('app', app.id)}
          initial={{ name: app.name, visibility: app.visibility, origins: app.origins.join('\n') }}
        />
      </Panel>
    </>
  )
}

/** Null if the app is unknown or belongs to another person. */
async function ownApp(ctx: Context, name: string): Promise<App | null> {
  try {
    const app = await getApp(ctx, name)
    requireSight(ctx, app.creatorId, 'app')
    return app
  } catch (error) {
    if (error instanceof NotFound) return null
    throw error
  }
}
