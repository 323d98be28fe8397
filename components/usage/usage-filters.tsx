'use client'

import { SlidersHorizontal } from 'lucide-react'
import { useEffect, useId, useRef, useState } from 'react'
import { Button } from '@/components/ui/button'
import { classNames } from '@/components/ui/class-names'
import { Input, Select, type SelectOption } from '@/components/ui/field'
import { isFiltered, periodNames, surfaceNames } from '@/components/usage/history-params'
import { useHistoryParams } from '@/components/usage/use-history-params'
import { PERIOD_CHOICES } from '@/lib/usage/period-choices'
import { SURFACES } from '@/lib/usage/usage-views'

type UsageFiltersProps = { operations: SelectOption[]; apps: SelectOption[] }

/** The period and filters that apply to the whole page: chart, advice and list. */
export function UsageFilters({ operations, apps }: UsageFiltersProps) {
  const { params, change, pending } = useHistoryParams()
  // On a phone the filters would fill the first screen, so all but the period are collapsed.
  const [unfolded, setUnfolded] = useState(false)
  const choicesId = useId()
  const chosen = [params.operation, params.app, params.surface].filter((value) => value !== null).length

  // A choice made before the page was interactive takes effect once it is, after the router has started.
  const filters = useRef<HTMLElement>(null)
  useEffect(() => {
    const chosen = [...(filters.current?.querySelectorAll('select') ?? [])].filter(
      ({ selectedOptions: [option] }) => option?.defaultSelected === false,
    )
    const timer = setTimeout(() => {
      for (const select of chosen) select.dispatchEvent(new Event('change', { bubbles: true }))
    })
    return () => clearTimeout(timer)
  }, [])

  return (
    <search ref={filters} aria-label="Period and filters" aria-busy={pending} className="block space-y-3">
      <div className="flex flex-wrap items-end gap-3 md:flex-nowrap">
        <Select
          label="Period"
          className="flex-1"
          options={PERIOD_CHOICES.map((value) => ({ value, label: periodNames[value] }))}
          value={params.period}
          onChange={({ target }) => {
            const period = PERIOD_CHOICES.find((value) => value === target.value)
            if (period) change({ period, from: null, to: null })
          }}
        />
        <Button
          aria-expanded={unfolded}
          aria-controls={choicesId}
          onClick={() => setUnfolded(!unfolded)}
          className="md:hidden"
        >
          <SlidersHorizontal aria-hidden="true" className="size-4" />
          {chosen === 0 ? 'Filters' : `Filters (${chosen})`}
        </Button>
        <div
          id={choicesId}
          className={classNames(
            'w-full gap-3 sm:grid-cols-3 md:grid md:w-auto md:flex-[3]',
            unfolded ? 'grid' : 'hidden',
          )}
        >
          <Choice
            label="Operation"
            everything="All operations"
            options={operations}
            value={params.operation}
            onChange={(operation) => change({ operation })}
          />
          <Choice
            label="App"
            everything="All apps"
            options={apps}
            value={params.app}
            onChange={(app) => change({ app })}
          />
          <Choice
            label="Used in"
            everything="All places"
            options={SURFACES.map((value) => ({ value, label: surfaceNames[value] }))}
            value={params.surface}
            onChange={(value) => change({ surface: SURFACES.find((surface) => surface === value) ?? null })}
          />
        </div>
      </div>
      {params.period === 'custom' && (
        <div className="grid grid-cols-2 gap-3 md:grid-cols-4">
          <Day
            label="First day (UTC)"
            value={params.from}
            max={params.to}
            onChange={(from) => change({ from })}
          />
          <Day label="Last day (UTC)" value={params.to} min={params.from} onChange={(to) => change({ to })} />
        </div>
      )}
      {isFiltered(params) && (
        <Button
          variant="ghost"
          size="sm"
          className="-ml-3 text-accent"
          onClick={() => change({ operation: null, app: null, surface: null, q: null })}
        >
          Clear filters
        </Button>
      )}
    </search>
  )
}

/** While 2026 is being typed, the field holds 0002, 0020 and 0202, which are not yet days to show. */
const EARLIEST_DAY = '2000-01-01'

type DayProps = {
  label: string
  value: string | null
  min?: string | null
  max?: string | null
  onChange: (value: string | null) => void
}

function Day({ label, value, min, max, onChange }: DayProps) {
  // Any other day comes only from the URL, so going back always shows the day of the previous page.
  const [unfinished, setUnfinished] = useState<string | null>(null)

  function take(day: string): void {
    const isFinished = day === '' || (day >= EARLIEST_DAY && day.length === EARLIEST_DAY.length)
    setUnfinished(isFinished ? null : day)
    if (isFinished && day !== (value ?? '')) onChange(day || null)
  }

  return (
    <Input
      label={label}
      type="date"
      value={unfinished ?? value ?? ''}
      min={min ?? undefined}
      max={max ?? undefined}
      onChange={({ target }) => take(target.value)}
      onBlur={() => setUnfinished(null)}
    />
  )
}

type ChoiceProps = {
  label: string
  everything: string
  options: SelectOption[]
  value: string | null
  onChange: (value: string | null) => void
}

function Choice({ label, everything, options, value, onChange }: ChoiceProps) {
  return (
    <Select
      label={label}
      options={[{ value: '', label: everything }, ...options]}
      value={value ?? ''}
      onChange={({ target }) => onChange(target.value === '' ? null : target.value)}
    />
  )
}
