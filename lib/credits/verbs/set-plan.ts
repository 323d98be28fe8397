import type { ClientBase } from 'pg'
import { requireOperator } from '@/lib/authority'
import { findPlan } from '@/lib/catalog'
import { catalogAt } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import type { AccountBook } from '@/lib/credits/book/book'
import { setPlatformPlan } from '@/lib/credits/book/platform-plan'
import { settleDue } from '@/lib/credits/book/settle'
import { type Alongside, writeAccount } from '@/lib/credits/store/write-account'
import { InvalidRequest } from '@/lib/errors'

type SetPlanInput = {
  accountId: string
  /** The key of a plan of the catalogue in effect. */
  plan: string
  alongside: Alongside<true>
}

/**
 * Sets the plan of an account whose platform does its own billing (docs/product.md, "Changes of plan"). Repeating it
 * changes nothing. For the operator. Throws `InvalidRequest` for an unknown plan or while a Stripe subscription is
 * active, and `NotFound`.
 */
export async function setPlan(ctx: Context, { accountId, plan, alongside }: SetPlanInput): Promise<void> {
  requireOperator(ctx)
  checkPlan(ctx, plan)
  await writeAccount<true>(ctx, {
    accountId,
    idempotency: null,
    makes: 'grant',
    alongside,
    already: async () => null,
    decide: async (book, client) => {
      await refuseSubscribed(book, client)
      const wanted = findPlan(book.catalog, plan)
      if (!wanted) throw unknownPlan()
      setPlatformPlan(book, wanted)
      settleDue(book)
      return { value: true, objectId: accountId, result: null }
    },
  })
}

/** Throws `InvalidRequest` for a plan that the catalogue in effect does not have. */
export function checkPlan(ctx: Context, plan: string): void {
  if (!findPlan(catalogAt(ctx.clock.now()), plan)) throw unknownPlan()
}

function unknownPlan(): InvalidRequest {
  return InvalidRequest.at('plan', 'is not in the catalogue')
}

/** A plan from Stripe, or one whose first payment is pending, belongs to Stripe. */
async function refuseSubscribed(book: AccountBook, client: ClientBase): Promise<void> {
  const { rowCount } = await client.query({
    name: 'running-subscription',
    text: `
      select 1 from subscriptions where account_id = $1 and (ends_at is null or ends_at > $2)
        and status in ('trialing', 'active', 'past_due', 'incomplete')`,
    values: [book.accountId, book.now],
  })
  if (rowCount !== 0 || (!book.isOnFreePlan && book.platformPlan === null))
    throw InvalidRequest.at('plan', 'cannot be set while a Stripe subscription is active')
}
