import type { CSSProperties, ReactNode } from 'react'
import type { AppColor } from '@/lib/studio/choices'

/** `--look-x` is readable on `--look-x-soft` in light and dark mode. */
function lookOf(color: AppColor): CSSProperties {
  return { background: `var(--look-${color}-soft)`, color: `var(--look-${color})` }
}

type AppHeadProps = {
  name: string
  tagline: string
  color: AppColor
  level: 1 | 3
  children?: ReactNode
}

/** An app's name and purpose in its colour. */
export function AppHead({ name, tagline, color, level, children }: AppHeadProps) {
  const Heading = level === 1 ? 'h1' : 'h3'
  return (
    <header className="rounded-lg px-5 py-6 sm:px-6" style={lookOf(color)}>
      <Heading className="break-words text-2xl font-medium tracking-tight">{name}</Heading>
      <p className="mt-1.5 max-w-prose break-words text-sm">{tagline}</p>
      <div className="mt-4 flex flex-wrap items-center gap-2 empty:hidden">{children}</div>
    </header>
  )
}

/** An app's mark in a list. */
export function AppMark({ name, color }: { name: string; color: AppColor }) {
  return (
    <span
      aria-hidden="true"
      className="inline-flex size-10 shrink-0 items-center justify-center rounded-md font-medium uppercase"
      style={lookOf(color)}
    >
      {[...name][0]}
    </span>
  )
}
