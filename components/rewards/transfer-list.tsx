import { DateTime } from '@/components/format/date-time'
import { Table, TableBody, TableHead, Td, Th } from '@/components/ui/table'
import type { RewardTransfer } from '@/lib/credits/book/records'
import { creditColumn } from '@/lib/format'

/** Transfers, newest first. */
export function TransferList({ transfers }: { transfers: RewardTransfer[] }) {
  const { plain } = creditColumn(transfers.flatMap(({ amount, balanceAfter }) => [amount, balanceAfter]))
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
            <Td numeric>{plain(transfer.amount)}</Td>
            <Td numeric>{plain(transfer.balanceAfter)}</Td>
          </tr>
        ))}
      </TableBody>
    </Table>
  )
}
