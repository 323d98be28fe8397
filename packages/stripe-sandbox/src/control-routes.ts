import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { SandboxControl } from './control'
import { DUNNING_ENDS } from './core/account'
import { StripeFault } from './core/errors'
import { OUTCOMES } from './flows/checkout'
import { DISPUTE_STEPS } from './resources/disputes'
import { PAYMENT_KINDS } from './resources/payment-methods'

const events = z.union([z.enum(['none', 'all']), z.array(z.string())])
const paths = z.array(z.string().startsWith('/v1/')).optional()
const faults = z.strictObject({
  duplicate: z.int().min(0).max(10).optional(),
  delaySeconds: z.int().min(0).optional(),
  order: z.enum(['as_created', 'reverse', 'shuffle']).optional(),
  seed: z.int().optional(),
  drop: events.optional(),
  lose: events.optional(),
  api: z
    .union([
      z.strictObject({ kind: z.literal('none') }),
      z.strictObject({ kind: z.literal('timeout'), seconds: z.number().min(0).max(600).optional(), paths }),
      z.strictObject({
        kind: z.literal('error'),
        status: z.int().min(400).max(599).default(500),
        times: z.int().min(1).nullable().default(null),
        applied: z.boolean().default(false),
        writesOnly: z.boolean().default(false),
        paths,
      }),
    ])
    .optional(),
  refunds: z.enum(['succeeded', 'pending']).optional(),
  taxPercent: z.number().min(0).max(100).optional(),
})

const charge = z.union([
  z.strictObject({ charge: z.string() }),
  z.strictObject({ paymentIntent: z.string() }),
])
const clock = z.strictObject({ now: z.iso.datetime({ offset: true }) })
const deliver = z.strictObject({ early: z.boolean().optional(), delivery: z.string().optional() })
const resend = z.strictObject({ event: z.string().optional() })
const webhook = z.strictObject({ url: z.url().nullable() })
const pay = z.strictObject({
  session: z.string(),
  outcome: z.enum(OUTCOMES).optional(),
  email: z.string().optional(),
  currency: z.string().length(3).optional(),
  code: z.string().optional(),
  name: z.string().optional(),
  country: z.string().length(2).optional(),
  taxId: z.strictObject({ type: z.string(), value: z.string() }).optional(),
})
const settlePayment = z.union([
  z.strictObject({ session: z.string(), outcome: z.enum(['succeeds', 'fails']) }),
  z.strictObject({ invoice: z.string(), outcome: z.enum(['succeeds', 'fails']) }),
])
const refund = z.strictObject({ of: charge, amount: z.int().min(1).optional() })
const refundStatus = z.strictObject({ refund: z.string(), status: z.enum(['succeeded', 'failed']) })
const dispute = z.strictObject({
  of: charge,
  amount: z.int().min(1).optional(),
  reason: z.string().optional(),
  inquiry: z.boolean().optional(),
})
const disputeStep = z.strictObject({ dispute: z.string(), step: z.enum(DISPUTE_STEPS) })
const method = z.strictObject({ customer: z.string(), kind: z.enum(PAYMENT_KINDS) })
const account = z.strictObject({
  dunning: z
    .strictObject({ retryDays: z.array(z.int().min(1).max(30)).max(8), end: z.enum(DUNNING_ENDS) })
    .optional(),
  bankDebitSeconds: z.int().min(0).optional(),
  firstBankPayment: z.enum(['active', 'incomplete']).optional(),
  settlementCurrency: z.string().length(3).optional(),
  rates: z.record(z.string().length(3), z.number().positive()).optional(),
})
const swap = z.strictObject({ livemode: z.boolean().optional() })
const payInvoice = z.strictObject({ invoice: z.string(), amount: z.int().min(1).optional() })
const nothing = z.strictObject({})

/**
 * The control object over HTTP, for browser tests and the demo's commands: `POST /_sandbox/<switch>` with JSON. `syncClock`
 * updates the time source before due events happen.
 */
export function controlRoutes(control: SandboxControl, syncClock?: () => Promise<unknown>): Hono {
  const app = new Hono()

  /** Only JSON is accepted: a form on another site cannot send it without a CORS preflight. */
  function on<T>(path: string, schema: z.ZodType<T>, act: (input: T) => unknown): void {
    app.post(path, async (c) => {
      if (!c.req.header('content-type')?.startsWith('application/json')) {
        return refuse(c, 415, 'Send JSON with content-type application/json.')
      }
      const body: unknown = await c.req.json().catch(() => undefined)
      const parsed = schema.safeParse(body)
      if (!parsed.success) return refuse(c, 422, z.prettifyError(parsed.error))
      try {
        const result: unknown = await act(parsed.data)
        return c.json({ result: result ?? null })
      } catch (error) {
        if (error instanceof StripeFault) return refuse(c, error.status === 404 ? 404 : 422, error.message)
        if (error instanceof Error) return refuse(c, 422, error.message)
        throw error
      }
    })
  }

  app.get('/clock', (c) => c.json({ now: control.now() }))
  app.get('/account', (c) => c.json(control.account()))
  app.get('/faults', (c) => c.json(control.faults()))
  app.get('/pending', (c) => c.json({ pending: control.pendingEvents(), dropped: control.droppedEvents() }))
  app.get('/events', (c) => c.json({ events: control.events(c.req.query('type')) }))
  on('/clock', clock, async ({ now }) => ({ now: await control.advanceTo(now) }))
  on('/faults', faults, (change) => control.setFaults(change))
  on('/faults/reset', nothing, () => control.resetFaults())
  on('/deliver', deliver, ({ delivery, early }) =>
    delivery === undefined ? control.deliverPending({ early }) : control.deliver(delivery),
  )
  on('/resend', resend, ({ event }) => ({ queued: control.resend(event) }))
  on('/settle', nothing, async () => {
    await syncClock?.()
    control.settle()
    await control.idle()
  })
  on('/idle', nothing, () => control.idle())
  on('/webhook', webhook, ({ url }) => control.setWebhookUrl(url))
  on('/pay', pay, ({ session, ...payment }) => control.payCheckout(session, payment))
  on('/async-payment', settlePayment, ({ outcome, ...of }) => {
    if ('session' in of) control.settleAsyncPayment(of.session, outcome)
    else control.settleInvoicePayment(of.invoice, outcome)
  })
  on('/pay-invoice', payInvoice, ({ invoice, amount }) => control.payInvoice(invoice, amount))
  on('/account', account, (change) => control.setAccount(change))
  on('/swap', swap, (options) => control.swapAccount(options))
  on('/refund', refund, ({ of, amount }) => control.refund(of, amount))
  on('/refund-status', refundStatus, (input) => control.settleRefund(input.refund, input.status))
  on('/dispute', dispute, ({ of, ...options }) => control.openDispute(of, options))
  on('/dispute-step', disputeStep, (input) => control.moveDispute(input.dispute, input.step))
  on('/payment-method', method, ({ customer, kind }) => control.setPaymentMethod(customer, kind))
  on('/reset', nothing, () => control.reset())
  app.notFound((c) => refuse(c, 404, 'The sandbox has no such switch.'))
  return app
}

function refuse(c: Context, status: 404 | 415 | 422, message: string) {
  return c.json({ error: { message } }, status)
}
