'use client'

import { type Ref, useId } from 'react'
import { BUDGET_FIELDS, type BudgetKind } from '@/components/apps/budget-words'
import { Input } from '@/components/ui/field'

export type BudgetValue = { kind: BudgetKind; amount: string }

type BudgetFieldsProps = {
  value: BudgetValue
  onChange: (value: BudgetValue) => void
  error?: string | undefined
  amountRef?: Ref<HTMLInputElement>
}

/** The fields of an app's monthly budget. "No limit" has to be chosen explicitly. */
export function BudgetFields({ value, onChange, error, amountRef }: BudgetFieldsProps) {
  const id = useId()
  return (
    <fieldset className="min-w-0">
      <legend className="mb-2.5 text-label font-medium">Monthly budget</legend>
      <div className="space-y-3">
        <Choice
          id={`${id}-limit`}
          value="limit"
          label="At most"
          current={value.kind}
          onChoose={(kind) => onChange({ ...value, kind })}
        />
        <Input
          ref={amountRef}
          className="pl-6.5"
          label="Credits a month"
          hideLabel
          name={BUDGET_FIELDS.amount}
          type="number"
          inputMode="decimal"
          min={0}
          step="any"
          suffix="credits"
          value={value.amount}
          disabled={value.kind === 'none'}
          onChange={(event) => onChange({ ...value, amount: event.target.value })}
          hint="Resets with each of your credit months. At the limit, only this app’s AI features stop."
          error={error}
        />
        <Choice
          id={`${id}-none`}
          value="none"
          label="No limit: up to all the credits you have"
          current={value.kind}
          onChoose={(kind) => onChange({ ...value, kind })}
        />
      </div>
    </fieldset>
  )
}

type ChoiceProps = {
  id: string
  value: BudgetKind
  label: string
  current: BudgetKind
  onChoose: (kind: BudgetKind) => void
}

function Choice({ id, value, label, current, onChoose }: ChoiceProps) {
  return (
    <div className="flex items-start gap-2.5">
      <input
        id={id}
        type="radio"
        name={BUDGET_FIELDS.kind}
        value={value}
        checked={current === value}
        onChange={() => onChoose(value)}
        className="mt-0.5 size-4 shrink-0 accent-[var(--accent)]"
      />
      <label htmlFor={id} className="text-sm">
        {label}
      </label>
    </div>
  )
}
