import type { ReactNode } from 'react'
import { classNames } from '@/components/ui/class-names'

type FigureProps = {
  label: ReactNode
  value: ReactNode
  unit?: ReactNode
  hint?: ReactNode
  size?: 'lg' | 'md'
}

/** A large number with its name and unit in small text. Put several inside a `FigureList`. */
export function Figure({ label, value, unit, hint, size = 'md' }: FigureProps) {
  return (
    <div className="min-w-0">
      <dt className="text-label text-muted">{label}</dt>
      <dd className="mt-1">
        <span
          className={classNames(
            'tabular-nums',
            size === 'lg' ? 'text-figure' : 'text-xl font-medium tracking-tight',
          )}
        >
          {value}
        </span>
        {unit && <span className="text-sm text-muted"> {unit}</span>}
        {hint && <span className="mt-1 block text-label text-muted">{hint}</span>}
      </dd>
    </div>
  )
}

/** Figures side by side, wrapping on narrow screens. */
export function FigureList({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <dl className={classNames('grid grid-cols-2 gap-x-8 gap-y-6 sm:grid-cols-4', className)}>{children}</dl>
  )
}
