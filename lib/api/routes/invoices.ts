import { z } from '@hono/zod-openapi'
import { listInvoices } from '@/lib/billing/read/list-invoices'
import { INVOICE_STATUSES, type InvoiceView } from '@/lib/billing/types'
import { cursor, limit, listOf, time, userQuery } from '@/lib/contract/fields'
import { getEnv } from '@/lib/env'
import { defineRoute, type Route, reply } from '../route'
import { readAccount } from '../who'

const invoice = z
  .strictObject({
    id: z.string(),
    number: z.string().nullable(),
    status: z.enum(INVOICE_STATUSES),
    processing: z
      .boolean()
      .openapi({ description: 'Its payment is pending, so an open invoice must not be paid again.' }),
    description: z.string(),
    amount: z
      .int()
      .openapi({ description: 'Including tax, in minor units: cents, or whole yen.', example: 600 }),
    tax: z.int().openapi({ description: 'The part of the amount that is tax, in minor units.', example: 0 }),
    refunded: z.int().openapi({ description: 'The money returned so far, in minor units.', example: 0 }),
    currency: z.string().openapi({ example: 'usd' }),
    createdAt: time,
    url: z.url().nullable().openapi({ description: 'A web page that shows the invoice.' }),
    pdfUrl: z.url().nullable(),
  })
  .openapi('Invoice')

function presentInvoice(view: InvoiceView): z.input<typeof invoice> {
  const { isProcessing: processing, isRefunded: _, createdAt, ...fields } = view
  return { ...fields, processing, createdAt: createdAt.toISOString() }
}

export const invoiceRoutes: Route[] = [
  defineRoute({
    method: 'get',
    path: '/v1/invoices',
    tag: 'Buying',
    isThere: () => getEnv().hasBilling,
    summary: "An account's invoices with links, newest first",
    access: 'account',
    problems: ['not_found'],
    query: z.strictObject({ user: userQuery, cursor, limit }),
    answers: {
      200: {
        description: 'A page of invoices',
        schema: listOf(invoice),
      },
    },
    async handle({ ctx, query }) {
      await readAccount(ctx, query.user)
      const page = await listInvoices(ctx, query)
      return reply(200, { data: page.items.map(presentInvoice), nextCursor: page.nextCursor })
    },
  }),
]
