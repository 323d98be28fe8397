import { useRef } from 'react'
import { ColorDot } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { classNames } from '@/components/ui/class-names'

export type LegendItem = { key: string; label: string; colorVar: string; hidden: boolean }

type LegendProps = {
  label: string
  items: readonly LegendItem[]
  onToggle: (key: string) => void
  onShowAll: () => void
}

/** Names the colours. Pressing a name hides its series from the chart and its totals, or shows it again. */
export function Legend({ label, items, onToggle, onShowAll }: LegendProps) {
  const list = useRef<HTMLUListElement>(null)

  function showAll(): void {
    // The button disappears once everything is shown, so focus moves to the first item.
    list.current?.querySelector('button')?.focus()
    onShowAll()
  }

  return (
    <ul ref={list} aria-label={label} className="flex flex-wrap gap-1.5">
      {items.map((item) => (
        <li key={item.key}>
          <button
            type="button"
            aria-pressed={!item.hidden}
            onClick={() => onToggle(item.key)}
            className={classNames(
              'inline-flex min-h-7 items-center gap-2 rounded-md border border-line px-2 text-left text-label hover:bg-sunken',
              item.hidden ? 'text-muted line-through decoration-line-strong' : 'text-ink',
            )}
          >
            <ColorDot colorVar={item.hidden ? '--line-strong' : item.colorVar} />
            {item.label}
          </button>
        </li>
      ))}
      {items.some((item) => item.hidden) && (
        <li>
          <Button variant="ghost" size="sm" onClick={showAll} className="text-accent">
            Show all
          </Button>
        </li>
      )}
    </ul>
  )
}
