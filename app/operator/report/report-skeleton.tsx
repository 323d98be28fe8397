import { Loading, Skeleton } from '@/components/ui/skeleton'

export function ReportSkeleton() {
  return (
    <Loading label="Reading the ledger">
      <div className="space-y-6">
        <Skeleton className="h-16 w-full" />
        <Skeleton className="h-80 w-full" />
        <Skeleton className="h-52 w-full" />
        <Skeleton className="h-72 w-full" />
      </div>
    </Loading>
  )
}
