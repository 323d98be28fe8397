'use client'

import { useActionState, useEffect, useRef } from 'react'
import { type AppAction, NOTHING_DONE } from '@/components/apps/app-json'
import { Button } from '@/components/ui/button'
import { Form } from '@/components/ui/form'

type ActionButtonProps = {
  action: AppAction
  fields: Record<string, string>
  label: string
  busyLabel: string
  /** An accessible name that includes the app: "Pause Story Studio". */
  name: string
  /** Called after success. */
  onDone?: () => void
}

/** A small button that submits a form, is disabled while busy, and explains a failure. */
export function ActionButton({ action, fields, label, busyLabel, name, onDone }: ActionButtonProps) {
  const [outcome, submit, isPending] = useActionState(action, NOTHING_DONE)
  const told = useRef(0)
  useEffect(() => {
    if (outcome.done <= told.current) return
    told.current = outcome.done
    onDone?.()
  }, [outcome, onDone])
  return (
    <Form action={submit}>
      {Object.entries(fields).map(([key, value]) => (
        <input key={key} type="hidden" name={key} value={value} />
      ))}
      <Button type="submit" size="sm" busy={isPending} aria-label={name}>
        {isPending ? busyLabel : label}
      </Button>
      {outcome.message && (
        <p role="alert" className="mt-2 text-label text-bad">
          {outcome.message}
        </p>
      )}
    </Form>
  )
}
