import { Loading, Skeleton } from '@/components/ui/skeleton'

const ROWS = ['first', 'second', 'third']

/** The list of invoices before Stripe has answered. */
export function InvoiceSkeleton() {
  return (
    <Loading label="Loading your invoices">
      <div className="space-y-5 rounded-lg border border-line bg-surface p-5 sm:p-6">
        {ROWS.map((row) => (
          <Skeleton key={row} className="h-8 w-full" />
        ))}
      </div>
    </Loading>
  )
}
