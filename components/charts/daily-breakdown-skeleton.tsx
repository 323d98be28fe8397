import { breakdownHeightClass, chartHeightClass } from '@/components/charts/plot-style'
import { classNames } from '@/components/ui/class-names'
import { Skeleton } from '@/components/ui/skeleton'

const ROWS = ['1st', '2nd', '3rd', '4th', '5th', '6th', '7th', '8th', '9th', '10th']

/** The skeletons of the sentence, plot, legend and list, in their final sizes. */
export function DailyBreakdownSkeleton() {
  return (
    <div
      className={classNames(
        'grid grid-cols-[minmax(0,1fr)] content-start gap-x-10 gap-y-8 lg:grid-cols-[minmax(0,1fr)_19rem]',
        breakdownHeightClass,
      )}
    >
      <div>
        <Skeleton className="h-10 w-full" />
        <Skeleton className={`mt-4 ${chartHeightClass} w-full`} />
        <Skeleton className="mt-4 h-[100px] w-full" />
      </div>
      <div className="space-y-[17px]">
        {ROWS.map((row) => (
          <Skeleton key={row} className="h-8 w-full" />
        ))}
      </div>
    </div>
  )
}
