import { Loading, Skeleton } from '@/components/ui/skeleton'

const ROWS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']

/** The history before its rows: filters and table of the size they will have. */
export function HistorySkeleton() {
  return (
    <Loading label="Loading your history">
      <div className="grid grid-cols-2 gap-3 md:grid-cols-4">
        {ROWS.slice(0, 4).map((row) => (
          <Skeleton key={row} className="mt-[26px] h-10" />
        ))}
      </div>
      <Skeleton className="mt-3 h-10 w-full" />
      <div className="mt-6 divide-y divide-line rounded-lg border border-line bg-surface">
        {ROWS.map((row) => (
          <div key={row} className="px-5 py-3.5 sm:px-6">
            <Skeleton className="h-4 w-full" />
          </div>
        ))}
      </div>
    </Loading>
  )
}
