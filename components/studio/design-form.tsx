import { useActionState, useEffect, useRef, useState } from 'react'
import { type AppAction, NOTHING_DONE } from '@/components/apps/app-json'
import { Button } from '@/components/ui/button'
import { controlClass, Field, Input, Select } from '@/components/ui/field'
import { Form } from '@/components/ui/form'
import { Panel } from '@/components/ui/panel'
import { APP_NAME_LENGTH_MAX } from '@/lib/apps/app'
import { APP_COLORS, SENTENCE_LENGTH_MAX, STARTERS_MAX, TITLE_LENGTH_MAX } from '@/lib/studio/choices'
import type { Design } from '@/lib/studio/design'

type DesignFormProps = { project: string; design: Design; action: AppAction }

/** Edits an app's name, texts, colour and starter content by hand, free of charge. */
export function DesignForm({ project, design, action }: DesignFormProps) {
  const [{ errors, message }, submit, isPending] = useActionState(action, NOTHING_DONE)
  const [values, setValues] = useState({
    ...design,
    // Two starters may be identical, so each gets a key.
    starters: design.starters.map((starter, mark) => ({ ...starter, mark })),
  })
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (Object.keys(errors).length > 0)
      form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
  }, [errors])
  const change = (more: Partial<typeof values>) => setValues({ ...values, ...more })
  const changeStarter = (mark: number, more: { title?: string; body?: string }) =>
    change({ starters: values.starters.map((one) => (one.mark === mark ? { ...one, ...more } : one)) })
  const nextMark = Math.max(-1, ...values.starters.map(({ mark }) => mark)) + 1
  return (
    <Panel title="Edit by hand" description="Changes here cost nothing.">
      <Form ref={form} action={submit} noValidate className="space-y-5">
        <input type="hidden" name="project" value={project} />
        <Input
          label="Name"
          name="name"
          value={values.name}
          maxLength={APP_NAME_LENGTH_MAX}
          autoComplete="off"
          onChange={(event) => change({ name: event.target.value })}
          error={errors.name}
        />
        <Input
          label="What it is for"
          name="tagline"
          value={values.tagline}
          maxLength={SENTENCE_LENGTH_MAX}
          autoComplete="off"
          onChange={(event) => change({ tagline: event.target.value })}
          error={errors.tagline}
        />
        <Input
          label="Placeholder text"
          name="placeholder"
          value={values.placeholder}
          maxLength={SENTENCE_LENGTH_MAX}
          autoComplete="off"
          onChange={(event) => change({ placeholder: event.target.value })}
          error={errors.placeholder}
        />
        <Select
          label="Colour"
          name="color"
          value={values.color}
          options={APP_COLORS.map((color) => ({
            value: color,
            label: `${color.charAt(0).toUpperCase()}${color.slice(1)}`,
          }))}
          onChange={(event) => {
            const color = APP_COLORS.find((one) => one === event.target.value)
            if (color) change({ color })
          }}
        />
        <fieldset className="min-w-0 space-y-4">
          <legend className="mb-1.5 text-label font-medium">What people see first</legend>
          {values.starters.map((starter, index) => (
            <div key={starter.mark} className="space-y-2 rounded-md border border-line p-3">
              <Input
                label={`Title of starter ${index + 1}`}
                hideLabel
                name="starterTitle"
                value={starter.title}
                maxLength={TITLE_LENGTH_MAX}
                autoComplete="off"
                onChange={(event) => changeStarter(starter.mark, { title: event.target.value })}
              />
              <Field label={`Text of starter ${index + 1}`} hideLabel>
                {(ids) => (
                  <textarea
                    {...ids}
                    name="starterBody"
                    rows={2}
                    value={starter.body}
                    onChange={(event) => changeStarter(starter.mark, { body: event.target.value })}
                    className={`${controlClass} py-2`}
                  />
                )}
              </Field>
              <Button
                size="sm"
                variant="ghost"
                aria-label={`Remove starter ${index + 1}`}
                onClick={() =>
                  change({ starters: values.starters.filter(({ mark }) => mark !== starter.mark) })
                }
              >
                Remove
              </Button>
            </div>
          ))}
          {errors.starters && <p className="text-label text-bad">{errors.starters}</p>}
          {values.starters.length < STARTERS_MAX && (
            <Button
              size="sm"
              onClick={() =>
                change({ starters: [...values.starters, { title: '', body: '', mark: nextMark }] })
              }
            >
              Add a starter
            </Button>
          )}
        </fieldset>
        {message && (
          <p role="alert" className="text-label text-bad">
            {message}
          </p>
        )}
        <Button type="submit" variant="primary" busy={isPending}>
          {isPending ? 'Saving…' : 'Save changes'}
        </Button>
      </Form>
    </Panel>
  )
}
