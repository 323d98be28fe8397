import type { ReactNode } from 'react'
import { classNames } from '@/components/ui/class-names'

/** A placeholder for loading content. Give it the size of the content, so that nothing moves. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <span
      aria-hidden="true"
      className={classNames(
        'animate-skeleton block rounded-md bg-sunken ring-1 ring-line ring-inset',
        className,
      )}
    />
  )
}

/** The frame of a panel, around its skeletons. */
export function SkeletonPanel({ className, children }: { className?: string; children: ReactNode }) {
  return (
    <div className={classNames('rounded-lg border border-line bg-surface p-5 sm:p-6', className)}>
      {children}
    </div>
  )
}

/** Announces once that a region is loading. Wraps the region's skeletons. */
export function Loading({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div role="status" aria-busy="true">
      <span className="sr-only">{label}</span>
      {children}
    </div>
  )
}
