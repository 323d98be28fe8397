import { Loading, Skeleton } from '@/components/ui/skeleton'

const ROWS = ['first', 'second', 'third']

/** A list of payments or movements before it has been read. */
export function ListSkeleton({ label }: { label: string }) {
  return (
    <Loading label={label}>
      <div className="space-y-5 rounded-lg border border-line bg-surface p-5 sm:p-6">
        {ROWS.map((row) => (
          <Skeleton key={row} className="h-8 w-full" />
        ))}
      </div>
    </Loading>
  )
}
