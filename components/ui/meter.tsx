import type { ReactNode } from 'react'
import { ColorDot } from '@/components/ui/badge'
import { classNames } from '@/components/ui/class-names'

export type MeterSegment = {
  key: string
  label: string
  value: number
  valueText: ReactNode
  colorVar: string
}

type MeterProps = {
  /** The measured quantity: "Credits used this month". */
  label: string
  value: number
  max: number
  /** The reading in words, with its unit and period: "760 of 1,000 credits used". */
  valueText: string
  tone?: 'accent' | 'warn' | 'bad'
  /** Parts of `max` side by side instead of a single bar, with a key below. */
  segments?: MeterSegment[]
  className?: string
}

const fills = { accent: 'bg-accent', warn: 'bg-warn-fill', bad: 'bg-bad' }

/** `value` as a percentage of `max`, limited to 0–100. */
function percentOf(value: number, max: number): number {
  return max > 0 ? Math.min(100, Math.max(0, (value / max) * 100)) : 0
}

/** A reading within a known range, with its full text. */
export function Meter({ label, value, max, valueText, tone = 'accent', segments, className }: MeterProps) {
  // A div with the role is used because browsers do not style the parts of <meter> alike.
  const reading = {
    role: 'meter',
    'aria-label': label,
    'aria-valuemin': 0,
    'aria-valuemax': max,
    'aria-valuenow': Math.min(Math.max(value, 0), max),
    'aria-valuetext': valueText,
  }
  return (
    <div className={className}>
      <div
        {...reading}
        className="flex h-2 gap-px overflow-hidden rounded-full bg-sunken ring-1 ring-line ring-inset"
      >
        {segments ? (
          segments
            .filter((segment) => segment.value > 0)
            .map((segment) => (
              <span
                key={segment.key}
                style={{
                  width: `${percentOf(segment.value, max)}%`,
                  background: `var(${segment.colorVar})`,
                }}
              />
            ))
        ) : (
          <span
            className={classNames('rounded-full', fills[tone])}
            style={{ width: `${percentOf(value, max)}%` }}
          />
        )}
      </div>
      {segments && (
        <ul className="mt-3 flex flex-wrap gap-x-5 gap-y-1.5 text-label text-muted">
          {segments.map((segment) => (
            <li key={segment.key} className="inline-flex items-center gap-2">
              <ColorDot colorVar={segment.colorVar} />
              {segment.label} <span className="tabular-nums text-ink">{segment.valueText}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
