import type { ReactNode } from 'react'

type EmptyStateProps = { title: ReactNode; children?: ReactNode; action?: ReactNode }

/** Explains an empty list and the next step. */
export function EmptyState({ title, children, action }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center px-6 py-12 text-center">
      <p className="text-sm font-medium">{title}</p>
      {children && <div className="mt-1.5 w-full max-w-lg text-label text-muted">{children}</div>}
      {action && <div className="mt-5">{action}</div>}
    </div>
  )
}
