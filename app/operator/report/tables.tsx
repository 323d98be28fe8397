import type { ReactNode } from 'react'
import { Table, TableBody, TableHead, Td, Th } from '@/components/ui/table'
import type { GrantSource } from '@/lib/credits/book/records'
import { formatCreditsInColumn, formatMoneyInColumn } from '@/lib/format'
import type { CreditFlow, MonthlyReport, RewardFlow } from '@/lib/operator/report'
import type { MoneyFlow } from '@/lib/operator/report-money'

const sourceNames: Record<GrantSource, string> = {
  allowance: 'Allowance',
  pack: 'Packs',
  promo: 'Promotional',
  reward: 'Moved rewards',
}

type TableProps = { report: MonthlyReport }

export function CreditTable({ report: { sources, total } }: TableProps) {
  const paidFor = (currency: string | null) =>
    currency === null ? 'free' : `paid in ${currency.toUpperCase()}`
  return (
    <Table caption="Credits by source">
      <FlowHead first="Source" figures={['Opening', 'Issued', 'Used', 'Expired', 'Revoked', 'Closing']} />
      <TableBody>
        {sources.map(({ source, currency, credits }) => (
          <CreditRow
            key={`${source} ${currency}`}
            name={sourceNames[source]}
            note={source === 'allowance' || source === 'pack' ? paidFor(currency) : undefined}
            flow={credits}
          />
        ))}
        <CreditRow name="Total" flow={total} isTotal />
      </TableBody>
    </Table>
  )
}

type CreditRowProps = {
  name: string
  note?: string | undefined
  flow: CreditFlow
  isTotal?: boolean
}

function CreditRow({ name, note, flow, isTotal = false }: CreditRowProps) {
  const credits = formatCreditsInColumn
  return (
    <FlowRow name={name} note={note} isTotal={isTotal}>
      <Amount>{credits(flow.opening)}</Amount>
      <Amount>{credits(flow.issued)}</Amount>
      <Amount note={flow.refunded > 0 && `${credits(flow.charged)} − ${credits(flow.refunded)} refunded`}>
        {credits(flow.used)}
      </Amount>
      <Amount>{credits(flow.expired)}</Amount>
      <Amount>{credits(flow.revoked)}</Amount>
      <Amount note={flow.ended > 0 && `${credits(flow.ended)} ended`}>{credits(flow.closing)}</Amount>
    </FlowRow>
  )
}

export function MoneyTable({ report: { sources, moneyTotals } }: TableProps) {
  return (
    <Table caption="Money by source and currency">
      <FlowHead first="Source" figures={['Opening', 'Sold', 'Used', 'Expired', 'Revoked', 'Closing']} />
      <TableBody>
        {moneyTotals.flatMap(({ currency, money }) => [
          ...sources
            .filter((row) => row.currency === currency)
            .map(
              (row) =>
                row.money && (
                  <MoneyRow
                    key={`${row.source} ${currency}`}
                    name={sourceNames[row.source]}
                    flow={row.money}
                    currency={currency}
                  />
                ),
            ),
          <MoneyRow
            key={`total ${currency}`}
            name={`Total ${currency.toUpperCase()}`}
            flow={money}
            currency={currency}
            isTotal
          />,
        ])}
      </TableBody>
    </Table>
  )
}

type MoneyRowProps = { name: string; flow: MoneyFlow; currency: string; isTotal?: boolean }

function MoneyRow({ name, flow, currency, isTotal = false }: MoneyRowProps) {
  const money = (minor: number) => formatMoneyInColumn(minor, currency)
  return (
    <FlowRow name={name} isTotal={isTotal}>
      <Amount>{money(flow.opening)}</Amount>
      <Amount>{money(flow.issued)}</Amount>
      <Amount>{money(flow.used)}</Amount>
      <Amount>{money(flow.expired)}</Amount>
      <Amount>{money(flow.revoked)}</Amount>
      <Amount>{money(flow.closing)}</Amount>
    </FlowRow>
  )
}

export function RewardTable({ rewards }: { rewards: MonthlyReport['rewards'] }) {
  const rows: { name: string; flow: RewardFlow; isTotal?: boolean }[] = [
    { name: 'From paid credits', flow: rewards.paid },
    { name: 'From free credits', flow: rewards.free },
    { name: 'Total', flow: rewards.total, isTotal: true },
  ]
  const credits = formatCreditsInColumn
  return (
    <Table caption="Rewards by the credits that funded them">
      <FlowHead first="Funding" figures={['Opening', 'Earned', 'Reversed', 'Moved', 'Closing']} />
      <TableBody>
        {rows.map(({ name, flow, isTotal }) => (
          <FlowRow key={name} name={name} isTotal={isTotal}>
            <Amount>{credits(flow.opening)}</Amount>
            <Amount>{credits(flow.earned)}</Amount>
            <Amount>{credits(flow.reversed)}</Amount>
            <Amount>{credits(flow.moved)}</Amount>
            <Amount>{credits(flow.closing)}</Amount>
          </FlowRow>
        ))}
      </TableBody>
    </Table>
  )
}

function FlowHead({ first, figures }: { first: string; figures: string[] }) {
  return (
    <TableHead>
      <tr>
        <Th>{first}</Th>
        {figures.map((figure) => (
          <Th key={figure} numeric>
            {figure}
          </Th>
        ))}
      </tr>
    </TableHead>
  )
}

type FlowRowProps = {
  name: string
  note?: string | undefined
  isTotal?: boolean | undefined
  children: ReactNode
}

function FlowRow({ name, note, isTotal, children }: FlowRowProps) {
  return (
    <tr className={isTotal ? 'bg-sunken font-medium' : undefined}>
      <Th scope="row" className="whitespace-nowrap py-3 align-top">
        {name}
        {note && <span className="block text-label font-normal text-muted">{note}</span>}
      </Th>
      {children}
    </tr>
  )
}

function Amount({ note, children }: { note?: string | false; children: string }) {
  return (
    <Td numeric>
      {children}
      {note && <span className="block whitespace-normal text-label font-normal text-muted">{note}</span>}
    </Td>
  )
}
