'use client'

import { ActionButton } from '@/components/apps/action-button'
import { AppHead } from '@/components/studio/app-look'
import { DesignForm } from '@/components/studio/design-form'
import { EditorChat } from '@/components/studio/editor-chat'
import type { ChatPrices, EditorActions, PublishedJson, SaidJson } from '@/components/studio/editor-json'
import { PublishForm } from '@/components/studio/publish-form'
import { useRun } from '@/components/studio/use-run'
import { EmptyState } from '@/components/ui/empty-state'
import { Panel } from '@/components/ui/panel'
import type { Design } from '@/lib/studio/design'

type EditorProps = {
  project: string
  design: Design | null
  published: PublishedJson | null
  said: SaidJson[]
  prices: ChatPrices
  resume: string | null
  actions: EditorActions
}

/** The chat beside its result; everything the chat can change can also be changed by hand. */
export function Editor({ project, design, published, said, prices, resume, actions }: EditorProps) {
  const base = `/editor/${project}`
  const runner = useRun(base, resume, { consentHref: null, app: null })
  const { state, isRefreshing } = runner
  // Until the page is rendered again, the chat's state is newer than the page's.
  const shown = (state.status === 'running' || isRefreshing ? state.design : null) ?? design
  return (
    <div className="grid items-start gap-6 lg:grid-cols-2">
      <EditorChat base={base} said={said} prices={prices} runner={runner} />
      <div className="min-w-0 space-y-6">
        <Panel title="Preview" description="How people will see it once you publish it.">
          {shown === null ? (
            <EmptyState
              title="There is no app yet."
              action={<FirstVersions project={project} {...actions} />}
            >
              Say in the chat what it should do, or start from one of these for free.
            </EmptyState>
          ) : (
            <Preview design={shown} />
          )}
        </Panel>
        {design && (
          <PublishForm
            project={project}
            published={published}
            action={actions.publish}
            remove={actions.remove}
          />
        )}
        {design && (
          <DesignForm
            // Remounts with the saved design after any change.
            key={JSON.stringify(design)}
            project={project}
            design={design}
            action={actions.change}
          />
        )}
      </div>
    </div>
  )
}

function FirstVersions({ project, choose }: { project: string; choose: EditorActions['choose'] }) {
  return (
    <div className="flex flex-wrap justify-center gap-2">
      <ActionButton
        action={choose}
        fields={{ project, kind: 'text' }}
        label="A writing app"
        busyLabel="Starting…"
        name="Start with a writing app"
      />
      <ActionButton
        action={choose}
        fields={{ project, kind: 'media' }}
        label="A picture app"
        busyLabel="Starting…"
        name="Start with a picture app"
      />
    </div>
  )
}

function Preview({ design }: { design: Design }) {
  return (
    <section aria-label="The app as it is now">
      <AppHead {...design} level={3} />
      <p className="mt-4 rounded-md border border-line-strong bg-surface px-3 py-2.5 text-sm text-muted">
        {design.placeholder}
      </p>
      {design.starters.length > 0 && (
        <ul aria-label="Starter content" className="mt-4 divide-y divide-line border-y border-line">
          {design.starters.map(({ title, body }) => (
            <li key={`${title} ${body}`} className="py-3">
              <p className="break-words text-sm font-medium">{title}</p>
              <p className="mt-0.5 line-clamp-2 break-words text-label text-muted">{body}</p>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
