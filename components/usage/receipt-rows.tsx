import type { ReactNode } from 'react'
import { classNames } from '@/components/ui/class-names'
import { CopyButton } from '@/components/ui/copy-button'

/** A titled part of a receipt. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className="text-label text-muted">{title}</h3>
      <dl className="mt-1.5 divide-y divide-line border-y border-line text-sm">{children}</dl>
    </section>
  )
}

type RowProps = { label: string; note?: string; strong?: boolean; children: ReactNode }

export function Row({ label, note, strong = false, children }: RowProps) {
  return (
    <div className={classNames('flex items-baseline justify-between gap-6 py-2.5', strong && 'font-medium')}>
      <dt className="min-w-0">
        {label}
        {note && (
          <span className="mt-0.5 block break-words text-label font-normal text-muted tabular-nums">
            {note}
          </span>
        )}
      </dt>
      <dd className="min-w-0 text-right tabular-nums">{children}</dd>
    </div>
  )
}

export function IdRow({ label, id }: { label: string; id: string }) {
  return (
    <div className="flex items-center justify-between gap-4 py-2">
      <dt className="shrink-0">{label}</dt>
      <dd className="flex min-w-0 items-center gap-3">
        <code className="min-w-0 truncate font-mono text-label text-muted" title={id}>
          {id}
        </code>
        <CopyButton text={id} />
      </dd>
    </div>
  )
}
