// Answers: which apps can I use?
import type { Metadata } from 'next'
import Link from 'next/link'
import { AppMark } from '@/components/studio/app-look'
import { EmptyState } from '@/components/ui/empty-state'
import { LinkButton } from '@/components/ui/link-button'
import { Panel } from '@/components/ui/panel'
import { ColumnShell, PageHeader } from '@/components/ui/shell'
import { getViewer, pageContext } from '@/lib/auth/viewer'
import { listPublicApps } from '@/lib/studio/list-public-apps'

export const metadata: Metadata = { title: 'Apps' }

export default async function PublicAppsPage() {
  const apps = await listPublicApps(pageContext(await getViewer()))
  return (
    <ColumnShell>
      <PageHeader
        title="Apps"
        description="Made by people here, for everyone. Each asks before it spends your credits; saving things in one is free."
        actions={<LinkButton href="/editor">Make an app</LinkButton>}
      />
      <Panel flush>
        {apps.length === 0 ? (
          <EmptyState
            title="There is no public app yet."
            action={<LinkButton href="/editor">Make one</LinkButton>}
          >
            Whoever makes one earns a premium each time somebody else uses its AI.
          </EmptyState>
        ) : (
          <ul aria-label="Public apps" className="divide-y divide-line">
            {apps.map(({ id, slug, design }) => (
              <li key={id} className="flex flex-wrap items-center gap-x-4 gap-y-3 px-5 py-4 sm:px-6">
                <AppMark name={design.name} color={design.color} />
                <div className="min-w-0 flex-1 basis-52">
                  <h2 className="break-words text-sm font-medium">
                    <Link
                      href={`/apps/${slug}`}
                      prefetch={false}
                      className="underline-offset-4 hover:underline"
                    >
                      {design.name}
                    </Link>
                  </h2>
                  <p className="mt-0.5 break-words text-label text-muted">{design.tagline}</p>
                </div>
                <LinkButton
                  href={`/apps/${slug}`}
                  prefetch={false}
                  size="sm"
                  aria-label={`Open ${design.name}`}
                >
                  Open
                </LinkButton>
              </li>
            ))}
          </ul>
        )}
      </Panel>
    </ColumnShell>
  )
}
