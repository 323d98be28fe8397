'use client'

import { useActionState, useEffect, useRef, useState } from 'react'
import { creditsForField } from '@/components/apps/parse-credits'
import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/field'
import { Form } from '@/components/ui/form'
import { formatCredits } from '@/lib/format'
import { type Millicredits, ZERO } from '@/lib/millicredits'

/** The result of a transfer. `moved`: the amount, once done; `field`: the problem concerns the amount. */
export type TransferOutcome =
  | { moved: Millicredits; problem: null }
  | { moved: null; problem: { message: string; field: 'amount' | null } }

export type TransferAction = (before: TransferOutcome | null, form: FormData) => Promise<TransferOutcome>

type TransferFormProps = {
  action: TransferAction
  balance: Millicredits
  /** The idempotency key of this transfer: a second press or a lost answer takes effect once. */
  moveKey: string
}

/** Moves rewards to spendable credits. The balance shown is always the server's. */
export function TransferForm({ action, balance, moveKey }: TransferFormProps) {
  const [outcome, submit, isPending] = useActionState(action, null)
  const [key, setKey] = useState(moveKey)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (outcome?.problem?.field === 'amount') field.current?.focus()
  }, [outcome])
  // A transfer with an unknown outcome keeps its key, so that another press cannot move twice; the next one gets a new key.
  useEffect(() => {
    if (outcome?.moved) setKey(moveKey)
  }, [outcome, moveKey])
  const isEmpty = balance === ZERO
  return (
    <Form action={submit} onReset={(event) => event.preventDefault()} noValidate className="space-y-3">
      <input type="hidden" name="key" value={key} />
      <Input
        // After a transfer, the remainder is offered next.
        key={balance}
        ref={field}
        label="Move to spendable credits"
        name="amount"
        type="number"
        inputMode="decimal"
        min={0}
        step="any"
        suffix="credits"
        // Uncontrolled: an amount entered before the scripts have loaded stays.
        defaultValue={amountFor(balance)}
        disabled={isEmpty}
        hint="1 reward credit = 1 credit. Moved credits never expire. They are not cash, and do not come back here."
        error={outcome?.problem?.field === 'amount' ? outcome.problem.message : undefined}
      />
      <Button type="submit" variant="primary" busy={isPending} disabled={isEmpty} className="w-full">
        {isPending ? 'Moving…' : isEmpty ? 'Nothing left to move' : 'Move credits'}
      </Button>
      <div role="status" className="text-label">
        {outcome?.moved && !isPending && (
          <p className="text-good tabular-nums">{formatCredits(outcome.moved)} credits are now spendable.</p>
        )}
        {outcome?.problem?.field === null && <p className="text-bad">{outcome.problem.message}</p>}
      </div>
    </Form>
  )
}

/** Most people move everything. */
function amountFor(balance: Millicredits): string {
  return balance === ZERO ? '' : creditsForField(balance)
}
