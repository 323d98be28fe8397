import { lowestSold } from '@/lib/catalog'
import { currentCatalog } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import type { Period } from '@/lib/credits/book/periods'
import type { Grant, Payment } from '@/lib/credits/book/records'
import { loadGrants } from '@/lib/credits/store/load-account'
import { applyBilling, type BillingFacts } from '@/lib/credits/verbs/apply-billing'
import type { Millicredits } from '@/lib/millicredits'
import { newKey } from './scenario'

/** Creates a Stripe payment in cents with new payment and line ids. */
export function paymentOf(amount: number, more: Partial<Payment> = {}): Payment {
  return { amount, tax: 0, currency: 'usd', stripePayment: newKey(), stripeLine: newKey(), ...more }
}

/** Applies a reading of Stripe that contains only the given facts about an account. */
export function applyFacts(
  ctx: Context,
  accountId: string,
  facts: Partial<Omit<BillingFacts, 'accountId'>>,
): Promise<boolean> {
  return applyBilling(ctx, {
    accountId,
    packs: [],
    periods: [],
    subscription: null,
    returned: [],
    isNewest: () => Promise.resolve(true),
    record: () => Promise.resolve(),
    ...facts,
  })
}

type PackInput = { accountId: string; amount: Millicredits; expiresAt?: Date | null; payment?: Payment }

/** Buys credits, by default for $6, and returns their grant. */
export async function buyPack(ctx: Context, input: PackInput): Promise<Grant> {
  const { accountId, amount, expiresAt = null, payment = paymentOf(600) } = input
  await applyFacts(ctx, accountId, { packs: [{ amount, expiresAt, payment }] })
  return grantOf(ctx, accountId, payment)
}

type SuperInput = { accountId: string; period: Period; endsAt?: Date | null; payment?: Payment }

/** Pays for one Super period, by default $20, and returns its allowance. `endsAt`: the end of a cancelled subscription. */
export async function paySuper(ctx: Context, input: SuperInput): Promise<Grant> {
  const { accountId, period, endsAt = null, payment = paymentOf(2_000) } = input
  const subscription = { plan: lowestSold(currentCatalog()).key, startedAt: period.start, endsAt }
  await applyFacts(ctx, accountId, { periods: [{ period, payment, subscription }] })
  return grantOf(ctx, accountId, payment)
}

/** Reports the total returned from a grant's payment, in cents, and returns the updated grant. */
export async function returnMoney(
  ctx: Context,
  input: { accountId: string; grant: Pick<Grant, 'payment'>; returned: number },
): Promise<Grant> {
  const { accountId, grant, returned } = input
  const payment = grant.payment
  if (payment === null) throw new Error('the grant was not bought')
  const money = { lines: [payment.stripeLine], payments: [], paid: payment.amount, returned }
  await applyFacts(ctx, accountId, { returned: [money] })
  return grantOf(ctx, accountId, payment)
}

async function grantOf(ctx: Context, accountId: string, { stripeLine }: Payment): Promise<Grant> {
  const { rows } = await ctx.pool.query<{ id: string }>('select id from grants where stripe_line = $1', [
    stripeLine,
  ])
  const [grant] = await loadGrants(
    ctx.pool,
    accountId,
    rows.map(({ id }) => id),
  )
  if (!grant) throw new Error(`nothing was bought by line ${stripeLine}`)
  return grant
}
