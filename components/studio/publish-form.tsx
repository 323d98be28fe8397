import { useActionState, useState } from 'react'
import { ActionButton } from '@/components/apps/action-button'
import { type AppAction, NOTHING_DONE } from '@/components/apps/app-json'
import { visibilityWords } from '@/components/apps/app-words'
import type { PublishedJson } from '@/components/studio/editor-json'
import { Button, buttonClass } from '@/components/ui/button'
import { CopyButton } from '@/components/ui/copy-button'
import { Select } from '@/components/ui/field'
import { Form } from '@/components/ui/form'
import { Panel } from '@/components/ui/panel'
import { APP_VISIBILITIES } from '@/lib/apps/app'

type PublishFormProps = {
  project: string
  published: PublishedJson | null
  action: AppAction
  remove: AppAction
}

/** An app's visibility, published version and URL. */
export function PublishForm({ project, published, action, remove }: PublishFormProps) {
  const [outcome, submit, isPending] = useActionState(action, NOTHING_DONE)
  const [visibility, setVisibility] = useState(published?.visibility ?? 'public')
  const isSame = published?.isCurrent === true && published.visibility === visibility
  const problem = outcome.message ?? Object.values(outcome.errors)[0]
  return (
    <Panel
      title="Publish"
      description="Sharing costs you nothing: people who use it pay, and a premium on top goes to you."
    >
      {published && (
        <div className="mb-5">
          <p className="break-all text-sm">
            <code className="font-mono text-label">{published.link}</code>
          </p>
          <div className="mt-3 flex flex-wrap gap-2">
            <a href={published.href} className={buttonClass('secondary', 'sm')}>
              Open the app
            </a>
            <CopyButton text={published.link} label="Copy the link" />
          </div>
          {!published.isCurrent && (
            <p className="mt-3 text-label text-warn">People still use an earlier version.</p>
          )}
        </div>
      )}
      <Form action={submit} className="flex flex-wrap items-end gap-3">
        <input type="hidden" name="project" value={project} />
        <Select
          label="Who can use it"
          name="visibility"
          className="flex-1 basis-52"
          value={visibility}
          options={APP_VISIBILITIES.map((value) => ({ value, label: visibilityWords[value].label }))}
          hint={visibilityWords[visibility].means}
          onChange={(event) => {
            const chosen = APP_VISIBILITIES.find((one) => one === event.target.value)
            if (chosen) setVisibility(chosen)
          }}
        />
        <Button type="submit" variant="primary" busy={isPending} disabled={isSame} className="mb-6.5">
          {isPending ? 'Publishing…' : published ? 'Publish changes' : 'Publish'}
        </Button>
      </Form>
      {problem && (
        <p role="alert" className="mt-3 text-label text-bad">
          {problem}
        </p>
      )}
      {!published && (
        <div className="mt-5 border-t border-line pt-4">
          <ActionButton
            action={remove}
            fields={{ project }}
            label="Delete this project"
            busyLabel="Deleting…"
            name="Delete this project"
          />
        </div>
      )}
    </Panel>
  )
}
