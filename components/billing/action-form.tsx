'use client'

import { type ReactNode, useActionState, useEffect, useRef } from 'react'
import { Button, type ButtonSize, type ButtonVariant } from '@/components/ui/button'
import { Form } from '@/components/ui/form'
import { useVisits } from '@/components/ui/use-visits'

/** Why nothing happened, for the person who pressed the button. */
export type ActionProblem = { message: string }

/** Leaves for another page when it succeeds. */
export type LeavingAction = (before: ActionProblem | null, form: FormData) => Promise<ActionProblem | null>

type ActionFormProps = {
  action: LeavingAction
  /** What is posted; a null is left out. */
  fields: Record<string, string | null>
  /** What pressing it does. */
  label: string
  busyLabel: string
  variant?: ButtonVariant
  size?: ButtonSize
  /** Takes the focus, and into view, when the page opens: the person came for this. */
  focused?: boolean
  /** Fields to fill in above the button; what was typed stays when the action is refused. */
  children?: ReactNode
}

/** A button that does something and leaves, as for Stripe. It cannot be pressed twice, and works before any script has loaded. */
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
  // While it was busy the button was disabled and lost the focus.
  useEffect(() => {
    if (problem !== null) button.current?.focus()
  }, [problem])
  return (
    // React clears a form whose action has answered; a refusal must not cost what was typed.
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
