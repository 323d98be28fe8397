import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ChartSeries } from '@/components/charts/chart-data'
import { ApiError, getJson } from '@/components/dashboard/api-client'
import { Button } from '@/components/ui/button'
import { Sheet } from '@/components/ui/sheet'
import { Loading, Skeleton } from '@/components/ui/skeleton'
import type { AppNames } from '@/components/usage/app-names'
import { findSeries } from '@/components/usage/find-series'
import { Receipt } from '@/components/usage/receipt'
import type { ChargeJson } from '@/lib/contract/metering'
import { formatTime } from '@/lib/format'

type ReceiptSheetProps = {
  /** The charge whose receipt is open; null if none is. */
  id: string | null
  /** The data already known from the row or the server's rendering. */
  known: ChargeJson | undefined
  series: readonly ChartSeries[]
  apps: AppNames
  onClose: () => void
  /** Returns focus to the opener, or false if the opener is not on this page. */
  onReturnFocus: () => boolean
}

/** The receipt beside the list. A charge that is not in the list, as from a shared link, is fetched. */
export function ReceiptSheet({ id, known, series, apps, onClose, onReturnFocus }: ReceiptSheetProps) {
  // The sheet keeps its last content while it slides out.
  const [shown, setShown] = useState(known)
  const query = useQuery({
    queryKey: ['charge', id],
    queryFn: ({ signal }) => getJson<ChargeJson>(`/charges/${encodeURIComponent(id ?? '')}`, signal),
    enabled: id !== null && known === undefined,
    retry: false,
  })
  const current = id === null ? shown : (known ?? query.data)
  if (id !== null && current !== undefined && current !== shown) setShown(current)
  const operation = current && findSeries(series, current.operation)
  return (
    <Sheet
      open={id !== null}
      onOpenChange={(open) => !open && onClose()}
      onCloseAutoFocus={(event) => {
        if (onReturnFocus()) event.preventDefault()
      }}
      title={operation?.label ?? 'Receipt'}
      description={current && `${formatTime(current.createdAt, 'dateTime')} UTC`}
    >
      {current && operation ? (
        <Receipt charge={current} colorVar={operation.colorVar} apps={apps} />
      ) : query.isError ? (
        <NotShown
          missing={query.error instanceof ApiError && query.error.status === 404}
          onRetry={() => void query.refetch()}
        />
      ) : (
        <Loading label="Loading the receipt">
          <Skeleton className="h-10 w-40" />
          <Skeleton className="mt-6 h-40 w-full" />
        </Loading>
      )}
    </Sheet>
  )
}

function NotShown({ missing, onRetry }: { missing: boolean; onRetry: () => void }) {
  if (missing) return <p className="text-sm">There is no charge with this id in your account.</p>
  return (
    <div role="alert" className="space-y-4 text-sm">
      <p>The receipt could not be read.</p>
      <Button size="sm" onClick={onRetry}>
        Try again
      </Button>
    </div>
  )
}
