import { Loading, Skeleton } from '@/components/ui/skeleton'

const PANELS = ['a', 'b']

/** Two panels of a heading and three rows: what most accounts have. */
export function AppsSkeleton({ label }: { label: string }) {
  return (
    <Loading label={label}>
      <div className="space-y-6">
        {PANELS.map((panel) => (
          <div key={panel} className="space-y-5 rounded-lg border border-line bg-surface p-5 sm:p-6">
            <Skeleton className="h-5 w-40" />
            <Skeleton className="h-12 w-full" />
            <Skeleton className="h-12 w-full" />
            <Skeleton className="h-12 w-full" />
          </div>
        ))}
      </div>
    </Loading>
  )
}
