'use client'

import { parseAsBoolean, parseAsFloat, parseAsString, useQueryStates } from 'nuqs'
import { type ComponentProps, useId, useMemo } from 'react'
import {
  type Estimate,
  estimable,
  type Purse,
  prepareEstimate,
  type Quantity,
  usesWithin,
} from '@/components/site/prepare-estimate'
import { PriceLines } from '@/components/site/price-lines'
import { Input, Select } from '@/components/ui/field'
import { Panel } from '@/components/ui/panel'
import type { PriceVersion } from '@/lib/catalog/types'
import { formatBps, formatCount, formatCredits, wholeCreditsInWords } from '@/lib/format'

/** The whole estimate is in the URL, so that it can be shared: this choice, and each usage field and flag by its key. */
const CHOICE = { operation: parseAsString, others: parseAsBoolean.withDefault(false) }

const OPTIONS = { history: 'replace', scroll: false } as const

function paramsOf<Parser>(fields: readonly { key: string }[], parser: Parser): Record<string, Parser> {
  return Object.fromEntries(fields.map(({ key }) => [key, parser]))
}

type EstimatorProps = {
  version: PriceVersion
  purses: Purse[]
  /** The reason why a plan without the tier pays for no uses, keyed by tier. */
  needs: Record<string, string>
}

/** Prices a use as its quantities change, in the browser and with the code that charges. */
export function Estimator({ version, purses, needs }: EstimatorProps) {
  const { usageFields, usageFlags } = version
  const fieldParams = useMemo(() => paramsOf(usageFields, parseAsFloat), [usageFields])
  const flagParams = useMemo(() => paramsOf(usageFlags, parseAsBoolean.withDefault(false)), [usageFlags])
  const [choice, choose] = useQueryStates(CHOICE, OPTIONS)
  const [quantities, changeQuantities] = useQueryStates(fieldParams, OPTIONS)
  const [flags, changeFlags] = useQueryStates(flagParams, OPTIONS)
  const estimate = prepareEstimate(version, { ...choice, quantities, flags })
  // Choosing another operation resets the quantities to its defaults.
  const chooseOperation = (operation: string) => {
    void choose({ operation })
    void changeQuantities(null)
    void changeFlags(null)
  }
  return (
    <Panel>
      <div className="grid gap-x-12 gap-y-8 md:grid-cols-2">
        <div className="space-y-6">
          <Select
            label="Operation"
            options={estimable(version).map(({ key, name }) => ({ value: key, label: name }))}
            value={estimate.operation.key}
            onChange={({ target }) => chooseOperation(target.value)}
          />
          {estimate.quantities.map((quantity) => (
            <QuantityField
              key={`${estimate.operation.key} ${quantity.field}`}
              quantity={quantity}
              problem={estimate.errors.find(({ path }) => path === `usage.${quantity.field}`)?.message}
              onChange={(value) => void changeQuantities({ [quantity.field]: value })}
            />
          ))}
          <div className="space-y-3">
            {estimate.flags.map(({ key, label }) => (
              <Switch
                key={key}
                label={label}
                checked={flags[key] ?? false}
                onChange={({ target }) => void changeFlags({ [key]: target.checked })}
              />
            ))}
            {estimate.premiumBps > 0 && (
              <Switch
                label={`In someone else’s app (+${formatBps(estimate.premiumBps)})`}
                checked={choice.others}
                onChange={({ target }) => void choose({ others: target.checked })}
              />
            )}
          </div>
        </div>
        <Outcome estimate={estimate} purses={purses} need={needs[estimate.operation.tier]} />
      </div>
    </Panel>
  )
}

type QuantityFieldProps = {
  quantity: Quantity
  problem: string | undefined
  onChange: (value: number) => void
}

/** A number field and a slider for the usual part of its range, which share one value. */
function QuantityField({ quantity, problem, onChange }: QuantityFieldProps) {
  const { label, unit, min, max, step, value } = quantity
  return (
    <div>
      <Input
        label={label}
        type="number"
        inputMode="decimal"
        suffix={unit}
        min={min}
        step="any"
        value={value}
        error={problem && `This ${problem}.`}
        onFocus={({ target }) => target.select()}
        onChange={({ target }) => onChange(Number(target.value))}
      />
      <input
        type="range"
        aria-label={`${label}, slider`}
        min={min}
        max={max}
        step={step}
        value={Math.min(Math.max(value, min), max)}
        onChange={({ target }) => onChange(Number(target.value))}
        className="mt-2.5 block h-6 w-full cursor-pointer accent-accent"
      />
    </div>
  )
}

function Switch({ label, ...props }: { label: string } & Omit<ComponentProps<'input'>, 'type' | 'id'>) {
  const id = useId()
  return (
    <div className="flex items-center gap-3 text-sm">
      <input {...props} id={id} type="checkbox" className="size-4 shrink-0 cursor-pointer accent-accent" />
      <label htmlFor={id} className="cursor-pointer">
        {label}
      </label>
    </div>
  )
}

type OutcomeProps = { estimate: Estimate; purses: Purse[]; need: string | undefined }

function Outcome({ estimate, purses, need }: OutcomeProps) {
  const { price } = estimate
  return (
    <div className="min-w-0 space-y-6 md:border-l md:border-line md:pl-12">
      <p aria-live="polite">
        <span className="block text-label text-muted">One such use</span>
        <span className="text-figure tabular-nums">{price === null ? '–' : formatCredits(price.total)}</span>{' '}
        <span className="ml-1 text-sm text-muted">credits</span>
      </p>
      {price !== null && <PriceLines price={price} />}
      <ul className="space-y-2 border-t border-line pt-4 text-sm">
        {purses.map((purse) => (
          <li key={purse.name}>
            <Uses uses={usesWithin(purse, estimate)} purse={purse} need={need} />
          </li>
        ))}
      </ul>
    </div>
  )
}

type UsesProps = { uses: number | null; purse: Purse; need: string | undefined }

function Uses({ uses, purse, need }: UsesProps) {
  const credits = wholeCreditsInWords(purse.credits)
  if (uses === null)
    return (
      <span className="text-muted">
        None in {purse.name}: {need}.
      </span>
    )
  return (
    <>
      <strong className="font-medium tabular-nums">{formatCount(uses)}</strong> such{' '}
      {uses === 1 ? 'use fits' : 'uses fit'} in {purse.name} ({credits})
    </>
  )
}
