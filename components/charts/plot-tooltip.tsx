import { ColorDot } from '@/components/ui/badge'

export type TooltipRow = { key: string; label: string; value: string; colorVar?: string }

/** The values of the day under the pointer or chosen with the arrow keys. */
export function PlotTooltip({ title, rows }: { title: string; rows: TooltipRow[] }) {
  return (
    <div className="min-w-44 max-w-72 rounded-md border border-line bg-surface px-3 py-2.5 text-label text-ink">
      <p className="font-medium">{title}</p>
      <ul className="mt-1.5 space-y-1">
        {rows.map((row) => (
          <li key={row.key} className="flex items-center gap-2">
            {row.colorVar && <ColorDot colorVar={row.colorVar} />}
            <span className="min-w-0 flex-1 truncate text-muted">{row.label}</span>{' '}
            <span className="tabular-nums">{row.value}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}
