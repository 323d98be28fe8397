import { chartHeightClass } from '@/components/charts/plot-style'
import { Skeleton } from '@/components/ui/skeleton'

const ROWS = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth']

/** Sentence, plot and legend, and the list beside them, of the size they will have. */
export function DailyBreakdownSkeleton() {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-x-10 gap-y-8 lg:grid-cols-[minmax(0,1fr)_19rem]">
      <div>
        <Skeleton className="h-10 w-full" />
        <Skeleton className={`mt-4 ${chartHeightClass} w-full`} />
        <Skeleton className="mt-4 h-[100px] w-full" />
      </div>
      <div className="space-y-6">
        {ROWS.map((row) => (
          <Skeleton key={row} className="h-8 w-full" />
        ))}
      </div>
    </div>
  )
}
