import { chartHeightClass } from '@/components/charts/plot-style'
import { Loading, Skeleton, SkeletonPanel } from '@/components/ui/skeleton'

const FIGURES = ['this month', 'all time', 'on hold', 'owed']

/** The skeleton of the rewards page of a creator with rewards, in its final size. */
export function RewardsSkeleton() {
  return (
    <Loading label="Loading your rewards">
      <div className="space-y-6">
        <SkeletonPanel>
          <div className="grid gap-x-12 gap-y-8 lg:grid-cols-[minmax(0,1fr)_19rem]">
            <div>
              <Skeleton className="h-[46px] w-56" />
              <Skeleton className="mt-1.5 h-5 w-full" />
              <Skeleton className="mt-4 h-10 w-full" />
              <Skeleton className="mt-1.5 h-10 w-full" />
            </div>
            <div>
              <Skeleton className="h-5 w-44" />
              <Skeleton className="mt-1.5 h-10 w-full" />
              <Skeleton className="mt-1.5 h-[60px] w-full" />
              <Skeleton className="mt-3 mb-3 h-10 w-full" />
            </div>
          </div>
          <div className="mt-8 grid grid-cols-2 gap-x-8 gap-y-6 border-t border-line pt-6 sm:grid-cols-4">
            {FIGURES.map((figure) => (
              <Skeleton key={figure} className="h-[112px]" />
            ))}
          </div>
        </SkeletonPanel>
        <SkeletonPanel>
          <Skeleton className="h-6 w-24" />
          <Skeleton className="mt-1 h-5 w-56" />
          <Skeleton className="mt-6 h-9 w-full" />
          <Skeleton className={`mt-4 ${chartHeightClass} w-full`} />
          <Skeleton className="mt-4 h-7 w-28" />
        </SkeletonPanel>
        <SkeletonPanel>
          <Skeleton className="h-6 w-24" />
          <Skeleton className="mt-1 h-5 w-56" />
          <Skeleton className="mt-6 h-80 w-full" />
        </SkeletonPanel>
      </div>
    </Loading>
  )
}
