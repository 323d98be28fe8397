import { DateTime } from '@/components/ui/date-time'
import { Table, TableBody, TableHead, Td, Th } from '@/components/ui/table'
import type { RewardTransfer } from '@/lib/credits/book/records'
import { formatCredits } from '@/lib/millicredits'

/** When how much was moved, newest first. */
export function TransferList({ transfers, locale }: { transfers: RewardTransfer[]; locale: string }) {
  return (
    <Table caption="Rewards moved to spendable credits">
      <TableHead>
        <tr>
          <Th>When (UTC)</Th>
          <Th numeric>Moved</Th>
          <Th numeric>Rewards left</Th>
        </tr>
      </TableHead>
      <TableBody>
        {transfers.map((transfer) => (
          <tr key={transfer.id}>
            <Th scope="row" className="font-normal">
              <DateTime value={transfer.createdAt} hideZone />
            </Th>
            <Td numeric>{formatCredits(transfer.amount, locale)}</Td>
            <Td numeric>{formatCredits(transfer.balanceAfter, locale)}</Td>
          </tr>
        ))}
      </TableBody>
    </Table>
  )
}
