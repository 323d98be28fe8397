import { DailyBreakdownSkeleton } from '@/components/charts/daily-breakdown-skeleton'
import { Loading, Skeleton, SkeletonPanel } from '@/components/ui/skeleton'

const FIGURES = ['available', 'held', 'allowance', 'packs', 'promotional', 'moved']

/** The skeletons of the panels that everyone has, in their final sizes. */
export function CreditsSkeleton() {
  return (
    <Loading label="Loading your credits">
      <div className="space-y-6">
        <SkeletonPanel className="grid gap-x-12 gap-y-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
          <div>
            <Skeleton className="h-[46px] w-56" />
            <Skeleton className="mt-2.5 h-4 w-72 max-w-full" />
            <Skeleton className="mt-6 h-2 w-full" />
            <Skeleton className="mt-4 h-4 w-48" />
            <Skeleton className="mt-4 h-8 w-full" />
          </div>
          <div className="space-y-3.5">
            <Skeleton className="h-4 w-full" />
            <Skeleton className="h-4 w-full" />
            <Skeleton className="h-4 w-full" />
            <Skeleton className="h-4 w-full" />
            <Skeleton className="h-4 w-24" />
          </div>
        </SkeletonPanel>
        <SkeletonPanel>
          <Skeleton className="h-5 w-44" />
          <Skeleton className="mt-2 h-4 w-80 max-w-full" />
          <div className="mt-6 grid grid-cols-2 gap-6 sm:grid-cols-3 lg:grid-cols-6">
            {FIGURES.map((figure) => (
              <Skeleton key={figure} className="h-[92px]" />
            ))}
          </div>
        </SkeletonPanel>
        <SkeletonPanel>
          <Skeleton className="h-5 w-32" />
          <Skeleton className="mt-2 h-4 w-64 max-w-full" />
          <div className="mt-4">
            <DailyBreakdownSkeleton />
          </div>
        </SkeletonPanel>
      </div>
    </Loading>
  )
}
