import { DailyBreakdownSkeleton } from '@/components/charts/daily-breakdown-skeleton'
import { Loading, Skeleton, SkeletonPanel } from '@/components/ui/skeleton'

const ROWS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']

/** The skeleton of the usage page. */
export function UsageSkeleton() {
  return (
    <Loading label="Loading your usage">
      <div className="space-y-6">
        <div className="flex flex-wrap items-end gap-3 md:grid md:grid-cols-4">
          <Skeleton className="mt-[26px] h-10 flex-1" />
          <Skeleton className="h-10 w-24 md:hidden" />
          {ROWS.slice(0, 3).map((row) => (
            <Skeleton key={row} className="mt-[26px] hidden h-10 md:block" />
          ))}
        </div>
        <ChartPanelSkeleton />
        <AdviceSkeleton />
        <HistorySkeleton />
      </div>
    </Loading>
  )
}

/** The skeletons of the title, switch, sentence, plot and legend, with the list beside them. */
export function ChartPanelSkeleton() {
  return (
    <SkeletonPanel>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div>
          <Skeleton className="h-6 w-48" />
          <Skeleton className="mt-1 h-5 w-80 max-w-full" />
        </div>
        <Skeleton className="h-8 w-72 max-w-full" />
      </div>
      <div className="mt-4">
        <DailyBreakdownSkeleton />
      </div>
    </SkeletonPanel>
  )
}

export function AdviceSkeleton() {
  return (
    <SkeletonPanel>
      <Skeleton className="h-6 w-44" />
      <Skeleton className="mt-1 h-5 w-96 max-w-full" />
      <div className="mt-4 grid gap-x-10 gap-y-6 lg:grid-cols-2">
        <Skeleton className="h-60 w-full" />
        <Skeleton className="h-60 w-full" />
      </div>
    </SkeletonPanel>
  )
}

/** The skeletons of the title, search and rows, in their final heights. */
export function HistorySkeleton() {
  return (
    <div className="rounded-lg border border-line bg-surface pt-5">
      <div className="px-5 sm:px-6">
        <Skeleton className="h-6 w-36" />
        <Skeleton className="mt-1 h-5 w-96 max-w-full" />
        <Skeleton className="mt-4 mb-4 h-10 w-full" />
      </div>
      <div className="divide-y divide-line border-t border-line">
        <div className="h-10" />
        {ROWS.map((row) => (
          <div key={row} className="px-5 py-3 sm:px-6">
            <Skeleton className="h-[42px] w-full" />
          </div>
        ))}
      </div>
    </div>
  )
}
