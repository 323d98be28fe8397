import type { ReactNode } from 'react'
import { classNames } from '@/components/ui/class-names'

export const segmentsClass = 'inline-flex rounded-md border border-line bg-sunken p-0.5'

export function segmentClass(pressed: boolean): string {
  return classNames(
    'inline-flex min-h-7 items-center gap-1.5 whitespace-nowrap rounded-[5px] border px-2.5 text-label focus-visible:-outline-offset-2',
    pressed ? 'border-line bg-surface font-medium text-ink' : 'border-transparent text-muted hover:text-ink',
  )
}

type SegmentsProps<Value extends string> = {
  label: string
  options: { value: Value; label: ReactNode }[]
  value: Value
  onChange: (value: Value) => void
}

/** A choice of one option among a few, as a row of buttons with one pressed. */
export function Segments<Value extends string>({ label, options, value, onChange }: SegmentsProps<Value>) {
  return (
    <fieldset className={segmentsClass}>
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className={segmentClass(option.value === value)}
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  )
}
