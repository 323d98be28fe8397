import type { Metadata } from 'next'
import { AppForm } from '@/components/apps/app-form'
import { Panel } from '@/components/ui/panel'
import { PageHeader } from '@/components/ui/shell'
import { requireViewer } from '@/lib/auth/viewer'
import { create } from '../actions'

export const metadata: Metadata = { title: 'Create an app' }

export default async function NewAppPage() {
  await requireViewer('/settings/apps/new')
  return (
    <>
      <PageHeader
        title="Create an app"
        description="Users pay for its AI features. You pay nothing and earn the premium."
      />
      <Panel>
        <AppForm action={create} app={null} initial={{ name: '', visibility: 'unlisted', origins: '' }} />
      </Panel>
    </>
  )
}
