import type { ReactNode } from 'react'

/** A key for React, the value, and its name. */
export type Fact = readonly [key: string, value: ReactNode, name: string]

type FactsProps = { facts: readonly Fact[] /** Shown if the list is empty. */; none?: string }

/** A list of names and values; null values are omitted. */
export function Facts({ facts, none }: FactsProps) {
  const shown = facts.filter(([, value]) => value !== null && value !== undefined)
  if (shown.length === 0) return <p className="py-2.5 text-sm text-muted">{none}</p>
  return (
    <dl className="divide-y divide-line text-sm">
      {shown.map(([key, value, name]) => (
        <div key={key} className="flex flex-wrap justify-between gap-x-6 gap-y-1 py-2.5">
          <dt className="text-muted">{name}</dt>
          <dd className="min-w-0 break-words text-right tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** An id that can be read and selected. */
export function Id({ children }: { children: string }) {
  return <code className="break-all font-mono text-label">{children}</code>
}
