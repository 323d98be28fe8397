'use client'

import { Download, SlidersHorizontal } from 'lucide-react'
import { useQueryStates } from 'nuqs'
import { type FormEvent, useId, useState, useTransition } from 'react'
import { Button, buttonClass } from '@/components/ui/button'
import { classNames } from '@/components/ui/class-names'
import { Input, Select, type SelectOption } from '@/components/ui/field'
import { csvHref, type HistoryParams, historyParams, isFiltered } from '@/components/usage/history-params'
import type { PeriodChoice } from '@/lib/usage/periods'
import type { Surface } from '@/lib/usage/surface'

const periods: { value: PeriodChoice; label: string }[] = [
  { value: 'all', label: 'All time' },
  { value: 'this', label: 'This period' },
  { value: 'last', label: 'Last period' },
  { value: '7d', label: 'Last 7 days' },
  { value: '30d', label: 'Last 30 days' },
  { value: '90d', label: 'Last 90 days' },
  { value: 'custom', label: 'Custom days' },
]

const surfaces: { value: Surface; label: string }[] = [
  { value: 'editor', label: 'Editor' },
  { value: 'app', label: 'Apps' },
  { value: 'api', label: 'API calls' },
]

/** Leads back to the first page: a place in one list means nothing in another. */
const FIRST_PAGE = { before: null, after: null, receipt: null }

type HistoryFiltersProps = { operations: SelectOption[]; apps: SelectOption[] }

export function HistoryFilters({ operations, apps }: HistoryFiltersProps) {
  const [pending, startTransition] = useTransition()
  // On a phone the filters would push the list off the first screen, so they are folded away there.
  const [unfolded, setUnfolded] = useState(false)
  const choicesId = useId()
  const [params, setParams] = useQueryStates(historyParams, {
    shallow: false,
    history: 'push',
    startTransition,
  })
  const change = (next: Partial<HistoryParams>) => void setParams({ ...next, ...FIRST_PAGE })

  const chosen =
    [params.operation, params.app, params.surface].filter((value) => value !== null).length +
    (params.period === 'all' ? 0 : 1)

  function search(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault()
    const text = new FormData(event.currentTarget).get('q')
    change({ q: typeof text === 'string' && text.trim() !== '' ? text.trim() : null })
  }

  return (
    <search aria-busy={pending} className="block space-y-3">
      <div
        id={choicesId}
        className={classNames('grid-cols-2 gap-3 md:grid md:grid-cols-4', unfolded ? 'grid' : 'hidden')}
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
          everything="Everywhere"
          options={surfaces}
          value={params.surface}
          onChange={(value) =>
            change({ surface: surfaces.find((surface) => surface.value === value)?.value ?? null })
          }
        />
        <Select
          label="Period"
          options={periods}
          value={params.period}
          onChange={({ target }) =>
            change({ period: periods.find(({ value }) => value === target.value)?.value ?? 'all' })
          }
        />
      </div>
      {params.period === 'custom' && (
        <div className="grid grid-cols-2 gap-3 md:grid-cols-4">
          <Input
            label="First day (UTC)"
            type="date"
            value={params.from ?? ''}
            max={params.to ?? undefined}
            onChange={({ target }) => change({ from: target.value || null })}
          />
          <Input
            label="Last day (UTC)"
            type="date"
            value={params.to ?? ''}
            min={params.from ?? undefined}
            onChange={({ target }) => change({ to: target.value || null })}
          />
        </div>
      )}
      <div className="flex flex-wrap items-end gap-3">
        <form onSubmit={search} className="flex min-w-0 flex-1 basis-64 items-end gap-2">
          <Input
            // A new text in the URL, by going back say, is the field's new text.
            key={params.q}
            name="q"
            type="search"
            label="Search references, metadata and charge ids"
            hideLabel
            placeholder="Reference, metadata or charge id"
            defaultValue={params.q ?? ''}
            maxLength={200}
            className="flex-1"
          />
          <Button type="submit">Search</Button>
        </form>
        <Button
          aria-expanded={unfolded}
          aria-controls={choicesId}
          onClick={() => setUnfolded(!unfolded)}
          className="md:hidden"
        >
          <SlidersHorizontal aria-hidden="true" className="size-4" />
          {chosen === 0 ? 'Filters' : `Filters (${chosen})`}
        </Button>
        {isFiltered(params) && (
          <Button
            variant="ghost"
            onClick={() =>
              change({
                operation: null,
                app: null,
                surface: null,
                period: 'all',
                from: null,
                to: null,
                q: null,
              })
            }
          >
            Clear filters
          </Button>
        )}
        <a href={csvHref(params)} download className={buttonClass('secondary')}>
          <Download aria-hidden="true" className="size-4" />
          CSV of this list
        </a>
      </div>
    </search>
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
