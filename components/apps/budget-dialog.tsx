'use client'

import { useActionState, useEffect, useRef, useState } from 'react'
import { type AppAction, NOTHING_DONE, type UsedAppRow } from '@/components/apps/app-json'
import { BudgetFields, type BudgetValue } from '@/components/apps/budget-fields'
import { creditsForField } from '@/components/apps/parse-credits'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Form } from '@/components/ui/form'
import { nameInText } from '@/lib/names'

type BudgetDialogProps = { app: UsedAppRow; action: AppAction }

export function BudgetDialog({ app, action }: BudgetDialogProps) {
  const [open, setOpen] = useState(false)
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={`Budget for ${nameInText(app.name)}`}
      description="The most it may spend of your credits. Its spending so far this month counts."
      trigger={
        <Button size="sm" aria-label={`Change the budget of ${app.name}`}>
          Change budget
        </Button>
      }
    >
      <BudgetForm app={app} action={action} onDone={() => setOpen(false)} />
    </Dialog>
  )
}

function BudgetForm({ app, action, onDone }: BudgetDialogProps & { onDone: () => void }) {
  const [outcome, submit, isPending] = useActionState(action, NOTHING_DONE)
  const [budget, setBudget] = useState<BudgetValue>({
    kind: app.monthlyLimit === null ? 'none' : 'limit',
    amount: app.monthlyLimit === null ? '' : creditsForField(app.monthlyLimit),
  })
  const amount = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (outcome.done > 0) onDone()
    else if (outcome.errors.amount) amount.current?.focus()
  }, [outcome, onDone])
  return (
    <Form action={submit} noValidate>
      <input type="hidden" name="app" value={app.id} />
      <BudgetFields
        value={budget}
        onChange={setBudget}
        amountRef={amount}
        error={budget.kind === 'limit' ? outcome.errors.amount : undefined}
      />
      {outcome.message && (
        <p role="alert" className="mt-4 text-label text-bad">
          {outcome.message}
        </p>
      )}
      <div className="mt-6 flex justify-end">
        <Button type="submit" variant="primary" busy={isPending}>
          {isPending ? 'Saving…' : 'Save budget'}
        </Button>
      </div>
    </Form>
  )
}
