'use client'

import { useActionState, useEffect, useRef, useState } from 'react'
import { type AppAction, type AppFormValues, NOTHING_DONE } from '@/components/apps/app-json'
import { visibilityWords } from '@/components/apps/app-words'
import { Button } from '@/components/ui/button'
import { controlClass, Field, Input, Select } from '@/components/ui/field'
import { Form } from '@/components/ui/form'
import { LinkButton } from '@/components/ui/link-button'
import { APP_NAME_LENGTH_MAX, APP_SLUG_LENGTH_MAX, APP_VISIBILITIES } from '@/lib/apps/app'

type AppFormProps = {
  action: AppAction
  /** The public id of the app to change; null for a new app. */
  app: string | null
  initial: AppFormValues
}

/** The name, visibility and origins of an app, and the slug of a new one. Returns to the list on success. */
export function AppForm({ action, app, initial }: AppFormProps) {
  const [outcome, submit, isPending] = useActionState(action, NOTHING_DONE)
  const [values, setValues] = useState(initial)
  const [slug, setSlug] = useState('')
  const change = (more: Partial<AppFormValues>) => setValues({ ...values, ...more })
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (Object.keys(outcome.errors).length === 0) return
    form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
  }, [outcome])
  const verb = app === null ? 'Create app' : 'Save changes'
  return (
    <Form ref={form} action={submit} noValidate className="max-w-lg space-y-5">
      {app !== null && <input type="hidden" name="app" value={app} />}
      <Input
        label="Name"
        name="name"
        value={values.name}
        maxLength={APP_NAME_LENGTH_MAX}
        autoComplete="off"
        onChange={(event) => change({ name: event.target.value })}
        hint="Shown to people when the app asks for their consent."
        error={outcome.errors.name}
      />
      {app === null && (
        <Input
          label="Slug (optional)"
          name="slug"
          value={slug}
          maxLength={APP_SLUG_LENGTH_MAX}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => setSlug(event.target.value)}
          hint="Identifies the app in addresses and to the operator’s server, such as trip-planner. If empty, it is derived from the name."
          error={outcome.errors.slug}
        />
      )}
      <Select
        label="Who can use it"
        name="visibility"
        value={values.visibility}
        options={APP_VISIBILITIES.map((value) => ({ value, label: visibilityWords[value].label }))}
        onChange={(event) => {
          const visibility = APP_VISIBILITIES.find((one) => one === event.target.value)
          if (visibility) change({ visibility })
        }}
        hint={visibilityWords[values.visibility].means}
        error={outcome.errors.visibility}
      />
      <Field
        label="Origins"
        hint="The origins that people return to after allowing it, one per line, such as https://trips.example. Without any, no one can allow it on the connect page."
        error={outcome.errors.origins}
      >
        {(ids) => (
          <textarea
            {...ids}
            name="origins"
            rows={3}
            spellCheck={false}
            autoCapitalize="none"
            value={values.origins}
            onChange={(event) => change({ origins: event.target.value })}
            className={`${controlClass} py-2 font-mono`}
          />
        )}
      </Field>
      {outcome.message && (
        <p role="alert" className="text-label text-bad">
          {outcome.message}
        </p>
      )}
      <div className="flex flex-wrap gap-3">
        <Button type="submit" variant="primary" busy={isPending}>
          {isPending ? 'Saving…' : verb}
        </Button>
        <LinkButton href="/settings/apps">Cancel</LinkButton>
      </div>
    </Form>
  )
}
