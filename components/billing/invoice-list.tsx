import { DateTime } from '@/components/format/date-time'
import { Badge, type Tone } from '@/components/ui/badge'
import { Table, TableBody, TableHead, Td, Th } from '@/components/ui/table'
import type { InvoiceStatus, InvoiceView } from '@/lib/billing'
import { formatMoney } from '@/lib/format'

const statusWords = {
  open: { tone: 'warn', text: 'To be paid' },
  paid: { tone: 'good', text: 'Paid' },
  void: { tone: 'neutral', text: 'Cancelled' },
  uncollectible: { tone: 'bad', text: 'Not paid' },
} satisfies Record<InvoiceStatus, { tone: Tone; text: string }>

/** The badge of an invoice whose payment is on its way, so that nobody pays it twice. */
const ON_ITS_WAY = { tone: 'neutral', text: 'On its way' } as const
const REFUNDED = { tone: 'neutral', text: 'Refunded' } as const

const linkClass = 'text-accent underline underline-offset-4'

/** Payments, newest first. */
export function InvoiceList({ invoices }: { invoices: InvoiceView[] }) {
  return (
    <Table caption="Invoices, newest first; days in UTC">
      <TableHead>
        <tr>
          <Th className="hidden sm:table-cell">Day (UTC)</Th>
          <Th>What for</Th>
          <Th numeric>Amount</Th>
          <Th>
            <span className="sr-only">Open</span>
          </Th>
        </tr>
      </TableHead>
      <TableBody>
        {invoices.map((invoice) => (
          <tr key={invoice.id}>
            <Td className="hidden sm:table-cell">
              <DateTime value={invoice.createdAt} style="date" hideZone />
            </Td>
            <Td>
              <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
                {invoice.description || 'Invoice'}
                <StatusBadge invoice={invoice} />
              </span>
              <span className="mt-0.5 block text-label text-muted sm:hidden">
                <DateTime value={invoice.createdAt} style="date" hideZone />
              </span>
              {invoice.number && (
                <span className="mt-0.5 block whitespace-nowrap text-label text-muted">{invoice.number}</span>
              )}
            </Td>
            <Td numeric>
              {formatMoney(invoice.amount, invoice.currency)}
              {invoice.tax > 0 && (
                <span className="mt-0.5 block whitespace-nowrap text-label text-muted">
                  {formatMoney(invoice.amount - invoice.tax, invoice.currency)} net +{' '}
                  {formatMoney(invoice.tax, invoice.currency)} tax
                </span>
              )}
              {invoice.refunded > 0 && !invoice.isRefunded && (
                <span className="mt-0.5 block whitespace-nowrap text-label text-muted">
                  {formatMoney(invoice.refunded, invoice.currency)} refunded
                </span>
              )}
            </Td>
            <Td className="text-right">
              <InvoiceLinks invoice={invoice} />
            </Td>
          </tr>
        ))}
      </TableBody>
    </Table>
  )
}

function StatusBadge({ invoice: { status, isProcessing, isRefunded } }: { invoice: InvoiceView }) {
  const { tone, text } = isProcessing ? ON_ITS_WAY : isRefunded ? REFUNDED : statusWords[status]
  return <Badge tone={tone}>{text}</Badge>
}

function InvoiceLinks({ invoice }: { invoice: InvoiceView }) {
  const { id, number, status, isProcessing, isRefunded, url, pdfUrl } = invoice
  const name = number ?? id
  return (
    <span className="inline-flex flex-wrap justify-end gap-x-4 gap-y-1">
      {url && (
        <a href={url} className={linkClass}>
          {status === 'open' && !isProcessing && !isRefunded ? 'Pay' : 'View'}
          <span className="sr-only"> invoice {name}</span>
        </a>
      )}
      {pdfUrl && (
        <a href={pdfUrl} className={linkClass}>
          PDF<span className="sr-only"> of invoice {name}</span>
        </a>
      )}
    </span>
  )
}
