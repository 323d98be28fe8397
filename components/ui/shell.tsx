import type { ReactNode } from 'react'

type SidebarShellProps = {
  nav: ReactNode
  /** Shown below the content on a phone, where the navigation is above it. */
  phoneFoot?: ReactNode
  children: ReactNode
}

/**
 * The layout of navigation beside content of at most 1,040 px; on a phone the content is below. It fills the first
 * screen even while empty, so that the footer starts out of view and no shift is visible: 8.5rem = the header (3.5) +
 * the space above and below (2 × 2.5).
 */
export function SidebarShell({ nav, phoneFoot, children }: SidebarShellProps) {
  return (
    <div className="mx-auto grid w-full max-w-shell gap-x-14 gap-y-6 px-4 py-6 sm:px-6 md:grid-cols-[200px_minmax(0,1fr)] md:py-10">
      <div className="min-w-0 md:sticky md:top-20 md:self-start">{nav}</div>
      <div className="w-full min-w-0 max-w-content">
        <div className="min-h-[calc(100lvh-8.5rem)]">{children}</div>
        {phoneFoot && <div className="mt-8 md:hidden">{phoneFoot}</div>}
      </div>
    </div>
  )
}

/** A single-column page. */
export function ColumnShell({ children }: { children: ReactNode }) {
  return <div className="mx-auto w-full max-w-content px-4 py-10 sm:px-6 md:py-16">{children}</div>
}

type PageHeaderProps = { title: ReactNode; description?: ReactNode; actions?: ReactNode }

/** The page's only `h1`. */
export function PageHeader({ title, description, actions }: PageHeaderProps) {
  return (
    <header className="mb-6 flex flex-wrap items-end justify-between gap-4">
      <div className="min-w-0">
        <h1 className="text-2xl font-medium tracking-tight">{title}</h1>
        {description && <p className="mt-1.5 max-w-prose text-sm text-muted">{description}</p>}
      </div>
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </header>
  )
}
