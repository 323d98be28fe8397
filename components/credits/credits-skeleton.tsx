import { chartHeightClass } from '@/components/charts/chart-frame'
import { Loading, Skeleton } from '@/components/ui/skeleton'

/** The credits page before its numbers: panels of the size they will have. */
export function CreditsSkeleton() {
  return (
    <Loading label="Loading your credits">
      <div className="space-y-6">
        <div className="grid gap-x-12 gap-y-6 rounded-lg border border-line bg-surface p-5 sm:p-6 lg:grid-cols-[minmax(0,1fr)_17rem]">
          <div>
            <Skeleton className="h-[46px] w-56" />
            <Skeleton className="mt-2.5 h-4 w-72 max-w-full" />
            <Skeleton className="mt-6 h-2 w-full" />
            <Skeleton className="mt-3 h-4 w-48" />
            <Skeleton className="mt-3.5 h-4 w-80 max-w-full" />
          </div>
          <div className="space-y-3">
            <Skeleton className="h-4 w-40" />
            <Skeleton className="h-4 w-full" />
            <Skeleton className="h-4 w-full" />
            <Skeleton className="h-4 w-full" />
          </div>
        </div>
        <div className="rounded-lg border border-line bg-surface p-5 sm:p-6">
          <Skeleton className="h-5 w-32" />
          <Skeleton className="mt-2 h-4 w-64 max-w-full" />
          <Skeleton className="mt-6 h-8 w-full" />
          <Skeleton className={`mt-4 ${chartHeightClass} w-full`} />
          <Skeleton className="mt-4 h-7 w-80 max-w-full" />
        </div>
      </div>
    </Loading>
  )
}
