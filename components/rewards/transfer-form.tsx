'use client'

import { useActionState, useEffect, useRef, useState } from 'react'
import { creditsForField } from '@/components/apps/parse-credits'
import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/field'
import { Form } from '@/components/ui/form'
import { creditsInWords } from '@/lib/format'
import { type Millicredits, ZERO } from '@/lib/millicredits'

/** The result of a transfer. `moved` is the amount moved; `field` is set if the amount is at fault. */
export type TransferOutcome =
  | { moved: Millicredits; problem: null }
  | { moved: null; problem: { message: string; field: 'amount' | null } }

export type TransferAction = (before: TransferOutcome | null, form: FormData) => Promise<TransferOutcome>

type TransferFormProps = {
  action: TransferAction
  balance: Millicredits
  /** The idempotency key of this transfer, so that pressing twice or a lost answer moves rewards once. */
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
  // A transfer with an unknown outcome keeps its key, so that pressing again cannot move rewards twice. Otherwise the next
  // transfer gets a new key.
  useEffect(() => {
    if (outcome?.moved) setKey(moveKey)
  }, [outcome, moveKey])
  const isEmpty = balance === ZERO
  return (
    <Form action={submit} onReset={(event) => event.preventDefault()} noValidate className="space-y-3">
      <input type="hidden" name="key" value={key} />
      <Input
        // After a transfer, the field offers the remaining rewards.
        key={balance}
        ref={field}
        label="Move to spendable credits"
        name="amount"
        type="number"
        inputMode="decimal"
        min={0}
        step="any"
        suffix="credits"
        // Uncontrolled, so that an amount entered before the scripts have loaded is kept.
        defaultValue={amountFor(balance)}
        disabled={isEmpty}
        hint="1 reward credit = 1 credit. Moved credits never expire. They are not cash, and cannot be moved back."
        error={outcome?.problem?.field === 'amount' ? outcome.problem.message : undefined}
      />
      <Button type="submit" variant="primary" busy={isPending} disabled={isEmpty} className="w-full">
        {isPending ? 'Moving…' : isEmpty ? 'Nothing left to move' : 'Move credits'}
      </Button>
      <div role="status" className="text-label">
        {outcome?.moved && !isPending && (
          <p className="text-good tabular-nums">You can now spend {creditsInWords(outcome.moved)}.</p>
        )}
        {outcome?.problem?.field === null && <p className="text-bad">{outcome.problem.message}</p>}
      </div>
    </Form>
  )
}

/** The default is everything, which is what most people move. */
function amountFor(balance: Millicredits): string {
  return balance === ZERO ? '' : creditsForField(balance)
}
