'use client'

import { useActionState, useEffect, useRef, useState } from 'react'
import { BudgetFields, type BudgetValue } from '@/components/apps/budget-fields'
import { budgetOf } from '@/components/apps/budget-words'
import { Button, buttonClass } from '@/components/ui/button'
import { Form } from '@/components/ui/form'
import { useVisits } from '@/components/ui/use-visits'
import { creditsInWords } from '@/lib/format'

/** The reason consent failed; `field` names the field at fault, if any. */
export type ConnectProblem = { message: string; field: 'budget' | null }

/** `isAllowed`: consent was given, but there is no page to return to. */
export type ConnectOutcome = ConnectProblem | { isAllowed: true }

/** An action that, on success, redirects to the app if the app gave a URL. */
type ConnectAction = (before: ConnectOutcome | null, form: FormData) => Promise<ConnectOutcome | null>

type ConnectFormProps = {
  action: ConnectAction
  /** The app's own parameters, posted unchanged. */
  fields: Record<string, string>
  preset: BudgetValue
  cancelHref: string
}

/** Buttons to allow or cancel. They work again if the person comes back from the app. */
export function ConnectForm(props: ConnectFormProps) {
  return <Consent key={useVisits()} {...props} />
}

function Consent({ action, fields, preset, cancelHref }: ConnectFormProps) {
  const [outcome, submit, isPending] = useActionState(action, null)
  const isAllowed = outcome !== null && 'isAllowed' in outcome
  const problem = isAllowed ? null : outcome
  const [budget, setBudget] = useState(preset)
  const amount = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (problem?.field === 'budget') amount.current?.focus()
  }, [problem])
  const chosen = budgetOf(budget.kind, budget.amount)
  const label = () => {
    if (!chosen.ok) return 'Allow'
    if (chosen.monthlyLimit === null) return 'Allow without a limit'
    return `Allow up to ${creditsInWords(chosen.monthlyLimit)} a month`
  }
  if (isAllowed)
    return (
      <p role="status" className="font-medium">
        Allowed. Go back to the app.
      </p>
    )
  return (
    <Form action={submit} noValidate>
      {Object.entries(fields).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <BudgetFields
        value={budget}
        onChange={setBudget}
        amountRef={amount}
        error={problem?.field === 'budget' && !chosen.ok ? problem.message : undefined}
      />
      {problem?.field === null && (
        <p role="alert" className="mt-4 text-label text-bad">
          {problem.message}
        </p>
      )}
      <div className="mt-6 flex flex-col gap-3 sm:flex-row">
        <Button type="submit" variant="primary" busy={isPending}>
          {isPending ? 'Allowing…' : label()}
        </Button>
        <a href={cancelHref} className={buttonClass()}>
          Cancel
        </a>
      </div>
    </Form>
  )
}
