import Link from 'next/link'
import { movementInWords } from '@/components/billing/statement-words'
import { DateTime } from '@/components/format/date-time'
import { Table, TableBody, TableHead, Td, Th } from '@/components/ui/table'
import { creditColumn } from '@/lib/format'
import { dateFromMicros } from '@/lib/instant'
import type { Movement } from '@/lib/usage/statement'

type StatementTableProps = {
  movements: readonly Movement[]
  /** The names of apps by their UUID. */
  appNames: ReadonlyMap<string, string>
}

/** Credits in and out, newest first, with the balance after each movement. */
export function StatementTable({ movements, appNames }: StatementTableProps) {
  const { plain, signed } = creditColumn(
    movements.flatMap(({ amount, balanceAfter }) => [amount, balanceAfter]),
  )
  return (
    <Table caption="Movements of your credits, newest first, times in UTC">
      <TableHead>
        <tr>
          <Th className="hidden sm:table-cell">Time (UTC)</Th>
          <Th>What</Th>
          <Th numeric>In or out</Th>
          <Th numeric>Balance</Th>
        </tr>
      </TableHead>
      <TableBody>
        {movements.map((movement) => {
          const { title, detail, href } = movementInWords(movement, appNames)
          const time = <DateTime value={dateFromMicros(movement.at)} hideZone />
          return (
            <tr key={movement.at}>
              <Td className="hidden text-muted sm:table-cell">{time}</Td>
              <Th scope="row" className="py-3 align-top font-normal">
                {href === null ? (
                  title
                ) : (
                  <Link
                    href={href}
                    className="underline decoration-line-strong underline-offset-4"
                    prefetch={false}
                  >
                    {title}
                  </Link>
                )}
                {detail && <span className="mt-0.5 block text-label text-muted">{detail}</span>}
                <span className="mt-0.5 block text-label text-muted sm:hidden">{time}</span>
              </Th>
              <Td numeric className={movement.amount > 0 ? 'text-good' : undefined}>
                {signed(movement.amount)}
              </Td>
              <Td numeric>{plain(movement.balanceAfter)}</Td>
            </tr>
          )
        })}
      </TableBody>
    </Table>
  )
}
