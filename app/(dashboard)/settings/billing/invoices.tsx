import { InvoiceList } from '@/components/billing/invoice-list'
import { EmptyState } from '@/components/ui/empty-state'
import { LinkButton } from '@/components/ui/link-button'
import { Notice } from '@/components/ui/notice'
import { Pagination } from '@/components/ui/pagination'
import { Panel } from '@/components/ui/panel'
import { type InvoiceView, listInvoices } from '@/lib/billing'
import type { Context } from '@/lib/context'
import { valueWithin } from '@/lib/ends-within'
import { InvalidRequest, Unavailable } from '@/lib/errors'
import { type Asked, askedPath } from './search'

/** A year of monthly invoices on one page. */
const PAGE_SIZE = 12
/** The longest time the page waits for Stripe. */
const WAITED_MS = 8_000

type InvoicesProps = { ctx: Context; asked: Asked }

/** The payments in Stripe. The rest of the page works without Stripe. */
export async function Invoices({ ctx, asked }: InvoicesProps) {
  const page = await readInvoices(ctx, asked.invoices)
  if (page === null)
    return (
      <Notice
        tone="warn"
        title="Your invoices cannot be read right now."
        action={
          <LinkButton href={askedPath(asked)} size="sm" prefetch={false}>
            Try again
          </LinkButton>
        }
      >
        They are stored in Stripe, which is not responding. Nothing is lost.
      </Notice>
    )
  const { items, nextCursor, isFirst } = page
  const newer = isFirst ? null : `${askedPath({ ...asked, invoices: undefined })}#invoices`
  const older = nextCursor === null ? null : `${askedPath({ ...asked, invoices: nextCursor })}#invoices`
  return (
    <Panel
      flush
      footer={
        (newer !== null || older !== null) && (
          <Pagination label="Pages of invoices" newerHref={newer} olderHref={older} />
        )
      }
    >
      {items.length === 0 ? (
        <EmptyState title="Nothing yet.">The invoice for each payment will appear here.</EmptyState>
      ) : (
        <InvoiceList invoices={items} />
      )}
    </Panel>
  )
}

type InvoicePage = { items: InvoiceView[]; nextCursor: string | null; isFirst: boolean }

/** Null if Stripe cannot be reached. An invalid cursor, as in a truncated link, leads to the first page. */
async function readInvoices(ctx: Context, cursor: string | undefined): Promise<InvoicePage | null> {
  try {
    const page = await valueWithin(listInvoices(ctx, { cursor, limit: PAGE_SIZE }), WAITED_MS)
    return page && { ...page, isFirst: cursor === undefined }
  } catch (error) {
    if (error instanceof Unavailable) return null
    if (error instanceof InvalidRequest && cursor !== undefined) return readInvoices(ctx, undefined)
    throw error
  }
}
