'use client'

import { useActionState, useEffect, useRef, useState } from 'react'
import { type AppAction, NOTHING_DONE } from '@/components/apps/app-json'
import { creditsForField } from '@/components/apps/parse-credits'
import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/field'
import { Form } from '@/components/ui/form'
import type { Millicredits } from '@/lib/millicredits'

type LimitFormProps = {
  action: AppAction
  /** The hidden fields that name the limit. */
  fields: Record<string, string>
  /** An accessible name: "Daily limit of your account". */
  name: string
  amount: Millicredits | null
  /** True if there is always a limit, such as the cap of a run. */
  isRequired?: boolean
}

/** Sets or removes one limit. Works before scripts have loaded; each button says what it does. */
export function LimitForm({ action, fields, name, amount, isRequired = false }: LimitFormProps) {
  const [outcome, submit, isPending] = useActionState(action, NOTHING_DONE)
  const [value, setValue] = useState(amount === null ? '' : creditsForField(amount))
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (Object.keys(outcome.errors).length > 0)
      form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
  }, [outcome])
  return (
    <Form ref={form} action={submit} noValidate className="w-full sm:w-80">
      {Object.entries(fields).map(([key, hidden]) => (
        <input key={key} type="hidden" name={key} value={hidden} />
      ))}
      <div className="flex flex-wrap items-start gap-2">
        <Input
          className="min-w-36 flex-1"
          label={name}
          hideLabel
          name="amount"
          type="number"
          inputMode="decimal"
          min={0}
          step="any"
          suffix="credits"
          placeholder={isRequired ? undefined : 'No limit'}
          value={value}
          onChange={(event) => setValue(event.target.value)}
          error={outcome.errors.amount ?? outcome.errors.cap}
        />
        <Button type="submit" busy={isPending} aria-label={isRequired ? undefined : `Set: ${name}`}>
          {isRequired ? 'Change the cap' : 'Set'}
        </Button>
        {amount !== null && !isRequired && (
          <Button
            type="submit"
            variant="ghost"
            name="remove"
            value="yes"
            disabled={isPending}
            aria-label={`Remove: ${name}`}
          >
            Remove
          </Button>
        )}
      </div>
      {outcome.message && (
        <p role="alert" className="mt-2 text-label text-bad">
          {outcome.message}
        </p>
      )}
    </Form>
  )
}
