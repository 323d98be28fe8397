import { useQuery } from '@tanstack/react-query'
import { getPageJson } from '@/components/dashboard/api-client'
import { amountOf } from '@/components/format/amount-of'
import { Button } from '@/components/ui/button'
import { Skeleton } from '@/components/ui/skeleton'
import { Row, Section } from '@/components/usage/receipt-rows'
import type { ListJson } from '@/lib/contract/fields'
import type { ChargeJson, RefundJson } from '@/lib/contract/metering'
import { creditColumn, formatTime } from '@/lib/format'
import { millicredits, sum } from '@/lib/millicredits'

/** A refund as `/settings/usage/refunds` returns it for the receipt. */
export type RefundOnReceipt = Omit<RefundJson, 'charge' | 'rewardReversed'>

/** The refunds of a charge with time, amount and reason. The receipt's total is correct even without this list. */
export function RefundList({ charge }: { charge: Pick<ChargeJson, 'id' | 'refunded'> }) {
  const { data, isError, isFetching, refetch } = useQuery({
    // After another refund, the list is fetched again.
    queryKey: ['refunds', charge.id, charge.refunded],
    queryFn: ({ signal }) =>
      getPageJson<Pick<ListJson<RefundOnReceipt>, 'data'>>(
        `/settings/usage/refunds?charge=${encodeURIComponent(charge.id)}`,
        signal,
      ),
    retry: false,
  })
  if (data === undefined && isError)
    return (
      <div role="alert" className="space-y-3 text-sm">
        <p>The refunds could not be read.</p>
        <Button size="sm" onClick={() => void refetch()} busy={isFetching}>
          Try again
        </Button>
      </div>
    )
  const refunds = data?.data ?? []
  const listed = sum(refunds.map(({ amount }) => amountOf(amount)))
  const others = millicredits(Math.max(amountOf(charge.refunded) - listed, 0))
  const { plain } = creditColumn([...refunds.map(({ amount }) => amountOf(amount)), others])
  return (
    <Section title="Refunds">
      {data === undefined ? (
        <Row label="Reading…">
          <Skeleton className="h-[42px] w-20" />
        </Row>
      ) : (
        <>
          {refunds.map(({ id, amount, reason, createdAt }) => (
            <Row key={id} label={`${formatTime(createdAt, 'dateTime')} UTC`} note={reason}>
              {plain(amountOf(amount))}
            </Row>
          ))}
          {others > 0 && <Row label="Earlier">{plain(others)}</Row>}
        </>
      )}
    </Section>
  )
}
