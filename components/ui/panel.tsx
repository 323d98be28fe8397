import { type ReactNode, useId } from 'react'
import { classNames } from '@/components/ui/class-names'

type PanelProps = {
  title?: ReactNode
  description?: ReactNode
  /** Controls to the right of the title. */
  actions?: ReactNode
  footer?: ReactNode
  /** Omits the inner padding, for tables and lists from edge to edge. */
  flush?: boolean
  level?: 2 | 3
  id?: string
  className?: string
  children?: ReactNode
}

/** A bordered region named by its title. */
export function Panel({
  title,
  description,
  actions,
  footer,
  flush = false,
  level = 2,
  id,
  className,
  children,
}: PanelProps) {
  const titleId = useId()
  const Heading = level === 2 ? 'h2' : 'h3'
  return (
    <section
      id={id}
      aria-labelledby={title ? titleId : undefined}
      className={classNames('min-w-0 rounded-lg border border-line bg-surface', className)}
    >
      {(title || actions) && (
        <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3 px-5 pt-5 sm:px-6">
          <div className="min-w-0">
            {title && (
              <Heading id={titleId} className="text-base font-medium tracking-tight">
                {title}
              </Heading>
            )}
            {description && <p className="mt-1 text-label text-muted">{description}</p>}
          </div>
          {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        </header>
      )}
      <div className={flush ? classNames(Boolean(title || actions) && 'pt-4') : 'p-5 sm:p-6'}>{children}</div>
      {footer && (
        <footer className="border-t border-line px-5 py-3.5 text-label text-muted sm:px-6">{footer}</footer>
      )}
    </section>
  )
}
