import type { ReactNode } from 'react'
import { classNames } from '@/components/ui/class-names'

export type Tone = 'neutral' | 'accent' | 'good' | 'warn' | 'bad'

const tones: Record<Tone, string> = {
  neutral: 'bg-sunken text-muted',
  accent: 'bg-accent-soft text-accent',
  good: 'bg-good-soft text-good',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
}

const shape =
  'inline-flex items-center gap-1.5 whitespace-nowrap rounded-md px-2 py-0.5 text-xs font-medium leading-4'

/** A short label for a state or kind. */
export function Badge({ tone = 'neutral', children }: { tone?: Tone; children: ReactNode }) {
  return <span className={classNames(shape, tones[tone])}>{children}</span>
}

/** A dot in the colour of an operation or app, as in charts and lists. Decorative. */
export function ColorDot({ colorVar, className }: { colorVar: string; className?: string }) {
  return (
    <span
      aria-hidden="true"
      className={classNames('inline-block size-2.5 shrink-0 rounded-[3px]', className)}
      style={{ background: `var(${colorVar})` }}
    />
  )
}

/** A name in the colour of its family or app; `colorVar` is the base of `--x`, `--x-strong` and `--x-soft`. */
export function IdentityBadge({ colorVar, children }: { colorVar: string; children: ReactNode }) {
  return (
    <span className={shape} style={{ background: `var(${colorVar}-soft)`, color: `var(${colorVar}-strong)` }}>
      {children}
    </span>
  )
}
