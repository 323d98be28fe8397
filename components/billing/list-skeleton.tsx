import { Loading, Skeleton, SkeletonPanel } from '@/components/ui/skeleton'

const ROWS = ['first', 'second', 'third']

/** The skeleton of a list of payments or movements. */
export function ListSkeleton({ label }: { label: string }) {
  return (
    <Loading label={label}>
      <SkeletonPanel className="space-y-5">
        {ROWS.map((row) => (
          <Skeleton key={row} className="h-8 w-full" />
        ))}
      </SkeletonPanel>
    </Loading>
  )
}
