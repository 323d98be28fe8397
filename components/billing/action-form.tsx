'use client'

import { type ReactNode, useActionState, useEffect, useRef } from 'react'
import { Button, type ButtonSize, type ButtonVariant } from '@/components/ui/button'
import { Form } from '@/components/ui/form'
import { useVisits } from '@/components/ui/use-visits'

/** The reason an action failed, described to the person. */
export type ActionProblem = { message: string }

/** An action that redirects to another page on success. */
export type LeavingAction = (before: ActionProblem | null, form: FormData) => Promise<ActionProblem | null>

type ActionFormProps = {
  action: LeavingAction
  /** The posted fields; null values are omitted. */
  fields: Record<string, string | null>
  /** The button's label. */
  label: string
  busyLabel: string
  variant?: ButtonVariant
  size?: ButtonSize
  /** If set, the form scrolls into view and takes focus on load, because the person came for this offer. */
  focused?: boolean
  /** Fields above the button; they keep their input when the action is refused. */
  children?: ReactNode
}

/**
 * A button that acts and then redirects, such as to Stripe. It is disabled while busy and works before scripts have
 * loaded.
 */
export function ActionForm(props: ActionFormProps) {
  const visit = useVisits()
  return <ActionFields key={visit} {...props} focused={props.focused === true && visit === 0} />
}

function ActionFields({
  action,
  fields,
  label,
  busyLabel,
  variant,
  size,
  focused,
  children,
}: ActionFormProps) {
  const [problem, submit, isPending] = useActionState(action, null)
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (!focused) return
    button.current?.scrollIntoView({ block: 'center' })
    button.current?.focus({ preventScroll: true })
  }, [focused])
  // The button loses focus while it is disabled.
  useEffect(() => {
    if (problem !== null) button.current?.focus()
  }, [problem])
  return (
    // React resets a form after its action, but a refusal must keep the input.
    <Form action={submit} onReset={(event) => event.preventDefault()} className="w-full">
      {Object.entries(fields).map(
        ([name, value]) => value !== null && <input key={name} type="hidden" name={name} value={value} />,
      )}
      {children}
      <Button ref={button} type="submit" variant={variant} size={size} busy={isPending} className="w-full">
        {isPending ? busyLabel : label}
      </Button>
      {problem && (
        <p role="alert" className="mt-2 text-label text-bad">
          {problem.message}
        </p>
      )}
    </Form>
  )
}
