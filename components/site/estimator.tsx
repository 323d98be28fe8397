'use client'

import { parseAsBoolean, parseAsFloat, parseAsString, useQueryStates } from 'nuqs'
import { type ComponentProps, useId } from 'react'
import {
  type Asked,
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
import { formatBps, formatCount, formatCredits, formatWholeCredits } from '@/lib/format'

/** The whole estimate is in the URL, so that it can be shared. */
const PARAMS = {
  operation: parseAsString,
  others: parseAsBoolean.withDefault(false),
  webSearch: parseAsBoolean.withDefault(false),
  pages: parseAsFloat,
  images: parseAsFloat,
  seconds: parseAsFloat,
  characters: parseAsFloat,
  inputTokens: parseAsFloat,
  cachedInputTokens: parseAsFloat,
  outputTokens: parseAsFloat,
  toolCalls: parseAsFloat,
}

/** The parameters with nothing chosen, so that each quantity has its default. */
const NOTHING = {
  operation: null,
  others: null,
  webSearch: null,
  pages: null,
  images: null,
  seconds: null,
  characters: null,
  inputTokens: null,
  cachedInputTokens: null,
  outputTokens: null,
  toolCalls: null,
}

type EstimatorProps = {
  version: PriceVersion
  purses: Purse[]
  /** By tier, the reason why a plan without the tier pays for no uses. */
  needs: Record<string, string>
}

/** Prices a use as its quantities change, in the browser and with the code that charges. */
export function Estimator({ version, purses, needs }: EstimatorProps) {
  const [asked, ask] = useQueryStates(PARAMS, { history: 'replace', scroll: false })
  const change = (next: Partial<Asked>) => void ask(next)
  const estimate = prepareEstimate(version, asked)
  return (
    <Panel>
      <div className="grid gap-x-12 gap-y-8 md:grid-cols-2">
        <div className="space-y-6">
          <Select
            label="Operation"
            options={estimable(version).map(({ key, name }) => ({ value: key, label: name }))}
            value={estimate.operation.key}
            // Choosing another operation resets the quantities to its defaults.
            onChange={({ target }) => void ask({ ...NOTHING, operation: target.value, others: asked.others })}
          />
          {estimate.quantities.map((quantity) => (
            <QuantityField
              key={`${estimate.operation.key} ${quantity.field}`}
              quantity={quantity}
              problem={estimate.errors.find(({ path }) => path === `usage.${quantity.field}`)?.message}
              onChange={(value) => change({ [quantity.field]: value })}
            />
          ))}
          <div className="space-y-3">
            {estimate.canSearch && (
              <Switch
                label="With web search"
                checked={asked.webSearch}
                onChange={({ target }) => change({ webSearch: target.checked })}
              />
            )}
            {estimate.premiumBps > 0 && (
              <Switch
                label={`In someone else’s app (+${formatBps(estimate.premiumBps)})`}
                checked={asked.others}
                onChange={({ target }) => change({ others: target.checked })}
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
  const credits = formatWholeCredits(purse.credits)
  if (uses === null)
    return (
      <span className="text-muted">
        None in {purse.name}: {need}.
      </span>
    )
  return (
    <>
      <strong className="font-medium tabular-nums">{formatCount(uses)}</strong> such{' '}
      {uses === 1 ? 'use fits' : 'uses fit'} in {purse.name} ({credits} credits)
    </>
  )
}
