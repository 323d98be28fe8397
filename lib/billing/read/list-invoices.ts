import type Stripe from 'stripe'
import { accountOf } from '@/lib/auth/require'
import { findCustomer } from '@/lib/billing/read/customer-rows'
import { isProcessing } from '@/lib/billing/read/read-stripe'
import { dateOf, isMissing, withStripe } from '@/lib/billing/stripe-client'
import { INVOICE_STATUSES, type InvoiceView } from '@/lib/billing/types'
import type { Context } from '@/lib/context'
import { InvalidRequest } from '@/lib/errors'

type ListInvoicesInput = { user?: string | undefined; cursor?: string | undefined; limit: number }
type InvoicePage = { items: InvoiceView[]; nextCursor: string | null }

const NONE: InvoicePage = { items: [], nextCursor: null }

/** Stripe's largest page. */
const LIMIT_MAX = 100

/**
 * An account's invoices at Stripe, newest first, without drafts. Throws `InvalidRequest` for an invalid cursor, and
 * `Unavailable`.
 */
export async function listInvoices(ctx: Context, input: ListInvoicesInput): Promise<InvoicePage> {
  const accountId = await accountOf(ctx, input.user)
  const customer = await findCustomer(ctx, accountId)
  if (customer === null) return NONE
  const params = { customer, limit: Math.min(input.limit, LIMIT_MAX), starting_after: input.cursor }
  const page = await list(params)
  if (page === null) return NONE
  const last = page.has_more ? page.data.at(-1)?.id : undefined
  const items = await Promise.all(
    page.data.map(async (invoice) =>
      viewOf(invoice, invoice.status === 'open' && (await isProcessing(invoice.id))),
    ),
  )
  return { items: items.flat(), nextCursor: last ?? null }
}

/** Null if Stripe does not know the customer, who then has no invoices. */
async function list({ starting_after: after, ...params }: Stripe.InvoiceListParams) {
  if (after !== undefined && !/^in_\w{1,100}$/.test(after)) throw InvalidRequest.at('cursor', 'is not valid')
  try {
    const from = after === undefined ? {} : { starting_after: after }
    return await withStripe((stripe) => stripe.invoices.list({ ...params, ...from }))
  } catch (error) {
    if (isMissing(error, 'customer')) return null
    if (after !== undefined && isMissing(error)) throw InvalidRequest.at('cursor', 'is not valid')
    throw error
  }
}

function viewOf(invoice: Stripe.Invoice, processing: boolean): InvoiceView[] {
  const { id, number, description, currency, total, created } = invoice
  const tax = (invoice.total_taxes ?? []).reduce((sum, { amount }) => sum + amount, 0)
  const status = INVOICE_STATUSES.find((candidate) => candidate === invoice.status)
  if (id === undefined || status === undefined) return []
  const lines = invoice.lines.data.map((line) => line.description).filter((text) => text !== null)
  return [
    {
      id,
      number,
      status,
      isProcessing: processing,
      description: description ?? lines.join(', '),
      amount: total,
      tax,
      currency,
      createdAt: dateOf(created),
      url: invoice.hosted_invoice_url ?? null,
      pdfUrl: invoice.invoice_pdf ?? null,
    },
  ]
}
