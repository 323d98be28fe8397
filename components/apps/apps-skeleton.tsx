import { Loading, Skeleton, SkeletonPanel } from '@/components/ui/skeleton'

const PANELS = ['a', 'b']

/** Two panels, each with a heading and three rows, which fits most accounts. */
export function AppsSkeleton() {
  return (
    <Loading label="Loading your apps">
      <div className="space-y-6">
        {PANELS.map((panel) => (
          <SkeletonPanel key={panel} className="space-y-5">
            <Skeleton className="h-5 w-40" />
            <Skeleton className="h-12 w-full" />
            <Skeleton className="h-12 w-full" />
            <Skeleton className="h-12 w-full" />
          </SkeletonPanel>
        ))}
      </div>
    </Loading>
  )
}
