import type { ComponentProps, ReactNode } from 'react'
import { classNames } from '@/components/ui/class-names'

type TableProps = {
  /** Describes the table. Screen readers read it; it is visible if `showCaption` is set. */
  caption: string
  showCaption?: boolean
  className?: string
  /** Sets a fixed height, for a table in place of a chart; its header stays in view. */
  frameClassName?: string
  children: ReactNode
}

/** A table that scrolls sideways in its own frame, even by keyboard, and never widens the page. */
export function Table({ caption, showCaption = false, className, frameClassName, children }: TableProps) {
  return (
    <ScrollRegion label={caption} className={frameClassName}>
      <table className={classNames('w-full border-collapse text-left text-sm', className)}>
        <caption className={showCaption ? 'px-4 pb-3 text-left text-label text-muted' : 'sr-only'}>
          {caption}
        </caption>
        {children}
      </table>
    </ScrollRegion>
  )
}

/** Scrollable content must be reachable by keyboard (WCAG 2.1.1), so the frame is focusable. */
function ScrollRegion({
  label,
  className,
  children,
}: {
  label: string
  className?: string
  children: ReactNode
}) {
  const focusable = { tabIndex: 0 }
  return (
    <section
      aria-label={label}
      className={classNames('relative overflow-auto focus-visible:-outline-offset-2', className)}
      {...focusable}
    >
      {children}
    </section>
  )
}

export function TableHead({ children }: { children: ReactNode }) {
  return (
    <thead className="sticky top-0 z-10 border-b border-line bg-sunken text-label text-muted">
      {children}
    </thead>
  )
}

export function TableBody({ children }: { children: ReactNode }) {
  return <tbody className="divide-y divide-line">{children}</tbody>
}

type CellProps = { numeric?: boolean }

/** A header cell. `numeric` aligns it to the right, above its figures. */
export function Th({
  numeric = false,
  scope = 'col',
  className,
  ...props
}: ComponentProps<'th'> & CellProps) {
  return (
    <th
      {...props}
      scope={scope}
      className={classNames(
        'px-3 py-2.5 font-medium first:pl-4 last:pr-4 sm:px-4 sm:first:pl-6 sm:last:pr-6',
        numeric && 'text-right tabular-nums',
        className,
      )}
    />
  )
}

export function Td({ numeric = false, className, ...props }: ComponentProps<'td'> & CellProps) {
  return (
    <td
      {...props}
      className={classNames(
        'px-3 py-3 align-top first:pl-4 last:pr-4 sm:px-4 sm:first:pl-6 sm:last:pr-6',
        numeric && 'whitespace-nowrap text-right tabular-nums',
        className,
      )}
    />
  )
}
