import type Stripe from 'stripe'
import { accountOf } from '@/lib/auth/require'
import { BANK_DAYS_MAX } from '@/lib/bank-days'
import { findCustomer } from '@/lib/billing/read/customer-rows'
import { readReturned } from '@/lib/billing/read/read-returned'
import { isProcessing } from '@/lib/billing/read/read-stripe'
import { dateOf, idOf, isMissing, withStripe } from '@/lib/billing/stripe-client'
import { INVOICE_STATUSES, type InvoiceView } from '@/lib/billing/types'
import { DAY_MS, SECOND_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import type { ReturnedMoney } from '@/lib/credits/book/returned-money'
import { InvalidRequest } from '@/lib/errors'

type ListInvoicesInput = { user?: string | undefined; cursor?: string | undefined; limit: number }
type InvoicePage = { items: InvoiceView[]; nextCursor: string | null }

const NONE: InvoicePage = { items: [], nextCursor: null }

/** Stripe's largest page. */
const LIMIT_MAX = 100
/** More charges than any customer has within a page of invoices. */
const CHARGES_MAX = 1_000

/**
 * An account's invoices in Stripe, newest first, without drafts. Throws `InvalidRequest` for an invalid cursor, and
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
  const returned = await readReturnedOf(customer, page.data)
  const items = await Promise.all(
    page.data.map(async (invoice) =>
      viewOf(invoice, {
        isProcessing: invoice.status === 'open' && (await isProcessing(invoice.id)),
        returned: returned.get(invoice.id),
      }),
    ),
  )
  return { items: items.flat(), nextCursor: last ?? null }
}

/**
 * The money returned for invoices, keyed by invoice. Returned money is rare, so one list of charges shows which
 * invoices need reading.
 */
async function readReturnedOf(
  customer: string,
  invoices: Stripe.Invoice[],
): Promise<ReadonlyMap<string, ReturnedMoney>> {
  const oldest = invoices.at(-1)
  if (oldest === undefined) return new Map()
  // The invoice of a checkout is created when its payment has arrived.
  const gte = oldest.created - (BANK_DAYS_MAX * DAY_MS) / SECOND_MS
  const charges = await withStripe((stripe) =>
    stripe.charges
      .list({ customer, created: { gte }, limit: LIMIT_MAX })
      .autoPagingToArray({ limit: CHARGES_MAX }),
  )
  const touched = new Set(
    charges
      .filter(({ amount_refunded: refunded, disputed }) => refunded > 0 || disputed)
      .map((charge) => idOf(charge.payment_intent)),
  )
  const found = invoices.filter(
    ({ payments, post_payment_credit_notes_amount: credited }) =>
      credited > 0 || payments?.data.some(({ payment }) => touched.has(idOf(payment.payment_intent))),
  )
  const read = found.map(async (invoice) => [invoice.id, await readReturned(invoice)] as const)
  return new Map(await Promise.all(read))
}

/** Null if Stripe does not know the customer, who then has no invoices. */
async function list({ starting_after: after, ...params }: Stripe.InvoiceListParams) {
  if (after !== undefined && !/^in_\w{1,100}$/.test(after)) throw InvalidRequest.at('cursor', 'is not valid')
  try {
    const from = after === undefined ? {} : { starting_after: after }
    return await withStripe((stripe) =>
      stripe.invoices.list({ ...params, ...from, expand: ['data.payments'] }),
    )
  } catch (error) {
    if (isMissing(error, 'customer')) return null
    if (after !== undefined && isMissing(error)) throw InvalidRequest.at('cursor', 'is not valid')
    throw error
  }
}

type Payments = { isProcessing: boolean; returned: ReturnedMoney | undefined }

function viewOf(invoice: Stripe.Invoice, { isProcessing, returned }: Payments): InvoiceView[] {
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
      isProcessing,
      refunded: returned?.returned ?? 0,
      isRefunded: returned !== undefined && returned.paid > 0 && returned.returned >= returned.paid,
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
