// Answers: what am I making, who can use it, and how do I start another one?
import type { Metadata } from 'next'
import Link from 'next/link'
import { ActionButton } from '@/components/apps/action-button'
import { visibilityWords } from '@/components/apps/app-words'
import { AppMark } from '@/components/studio/app-look'
import { Badge } from '@/components/ui/badge'
import { EmptyState } from '@/components/ui/empty-state'
import { LinkButton } from '@/components/ui/link-button'
import { Panel } from '@/components/ui/panel'
import { ColumnShell, PageHeader } from '@/components/ui/shell'
import { pageContext, requireViewer } from '@/lib/auth/viewer'
import { publicId } from '@/lib/ids'
import { listProjects } from '@/lib/studio/list-projects'
import type { Project } from '@/lib/studio/project'
import { begin } from './actions'

export const metadata: Metadata = { title: 'Editor' }

const BEGINNINGS = [
  { kind: 'chat', label: 'Describe it in a chat' },
  { kind: 'text', label: 'Start a writing app' },
  { kind: 'media', label: 'Start a picture app' },
] as const

export default async function EditorPage() {
  const viewer = await requireViewer('/editor')
  const projects = await listProjects(pageContext(viewer))
  return (
    <ColumnShell>
      <PageHeader
        title="Apps you are making"
        description="Describe an app, or change it by hand, and share it. The chat costs credits; everything else is free."
        actions={<LinkButton href="/apps">See public apps</LinkButton>}
      />
      <div className="space-y-6">
        <Panel title="A new app">
          <div className="flex flex-wrap gap-2">
            {BEGINNINGS.map(({ kind, label }) => (
              <ActionButton
                key={kind}
                action={begin}
                fields={{ kind }}
                label={label}
                busyLabel="Opening…"
                name={label}
              />
            ))}
          </div>
        </Panel>
        <Panel title="Projects" flush>
          {projects.length === 0 ? (
            <EmptyState title="You have no projects yet.">
              Create one above; nobody sees it until you publish it.
            </EmptyState>
          ) : (
            <ul aria-label="Your projects" className="divide-y divide-line border-t border-line">
              {projects.map((project) => (
                <ProjectRow key={project.id} project={project} />
              ))}
            </ul>
          )}
        </Panel>
      </div>
    </ColumnShell>
  )
}

function ProjectRow({ project: { id, draft, published } }: { project: Project }) {
  const name = draft?.name ?? 'Not described yet'
  const href = `/editor/${publicId('project', id)}`
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-3 px-5 py-4 sm:px-6">
      <AppMark name={name} color={draft?.color ?? 'blue'} />
      <div className="min-w-0 flex-1 basis-52">
        <h3 className="flex flex-wrap items-center gap-x-2.5 gap-y-1 text-sm font-medium">
          <Link href={href} className="min-w-0 break-words underline-offset-4 hover:underline">
            {name}
          </Link>
          <Badge tone={published?.visibility === 'public' ? 'good' : 'neutral'}>
            {published === null ? 'Draft' : visibilityWords[published.visibility].label}
          </Badge>
        </h3>
        {draft && <p className="mt-0.5 break-words text-label text-muted">{draft.tagline}</p>}
      </div>
      <div className="flex flex-wrap gap-2">
        {published && (
          <LinkButton size="sm" href={`/apps/${published.slug}`} prefetch={false} aria-label={`Open ${name}`}>
            Open
          </LinkButton>
        )}
        <LinkButton size="sm" href={href} aria-label={`Edit ${name}`}>
          Edit
        </LinkButton>
      </div>
    </li>
  )
}
