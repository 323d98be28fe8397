import { z } from 'zod'
import { requireSight } from '@/lib/auth/require'
import type { Context } from '@/lib/context'
import { resetsAt } from '@/lib/credits/book/allowance'
import { budgetPeriodStart } from '@/lib/credits/book/budget'
import { readBook } from '@/lib/credits/verbs/get-balance'
import { type Millicredits, ZERO } from '@/lib/millicredits'
import { shownAppName } from '@/lib/names'
import { startOfDay } from '@/lib/usage/days'
import { USED_APP_IDS } from '@/lib/usage/list-used-apps'
import { summarizeUsage } from '@/lib/usage/summarize-usage'
import { APP_VISIBILITIES, type App } from './app'

/** An app as its payer sees it. */
export type PayerApp = {
  app: Pick<App, 'id' | 'name' | 'slug' | 'visibility'>
  /** True if the payer created the app, so there is no premium. */
  isOwn: boolean
  /** `none`: consent was never recorded here because the operator's server vouched for it. */
  consent: 'given' | 'revoked' | 'none'
  /** Spending in the current period. */
  spent: Millicredits
  held: Millicredits
  /** Null means no limit. */
  monthlyLimit: Millicredits | null
  paused: boolean
}

export type PayerApps = {
  /** Highest spending first. */
  apps: PayerApp[]
  /** The next reset of budgets and spending; null while no period is known (past due). */
  resetsAt: Date | null
}

const appRows = z.array(
  z.object({
    id: z.string(),
    name: z.string().transform(shownAppName),
    slug: z.string(),
    visibility: z.enum(APP_VISIBILITIES),
    creator_id: z.string(),
    consent: z.enum(['given', 'revoked', 'none']),
  }),
)

/** The apps an account has used, allowed or limited, with each budget and this period's spending. Throws `NotFound`. */
export async function listPayerApps(ctx: Context, accountId: string): Promise<PayerApps> {
  requireSight(ctx, accountId, 'user')
  const book = await readBook(ctx, accountId)
  const from = budgetPeriodStart(book)
  const [{ rows }, summary] = await Promise.all([
    ctx.pool.query({
      name: 'list-payer-apps',
      text: `
        select a.id, a.name, a.slug, a.visibility, a.creator_id,
          case when c.app_id is null then 'none' when c.revoked_at is null then 'given' else 'revoked' end as consent
        from apps a left join app_consents c on c.account_id = $1 and c.app_id = a.id
        where a.id = any (array(
          (${USED_APP_IDS})
          union select app_id from app_consents where account_id = $1
          union select app_id from app_budgets where account_id = $1))
        order by a.name, a.id`,
      values: [accountId],
    }),
    // The range ends with today, so that the roll-up covers the whole last day.
    summarizeUsage(ctx, { accountId, from, to: startOfDay(book.now, 1) }),
  ])
  const spentIn = new Map(summary.byApp.map(({ app, total }) => [app, total]))
  const apps = appRows.parse(rows).map(({ creator_id, consent, ...app }): PayerApp => {
    const budget = book.budgets.get(app.id)
    return {
      app,
      isOwn: creator_id === accountId,
      consent,
      // With a budget, the amount counted against it is shown.
      spent: budget?.used ?? spentIn.get(app.id) ?? ZERO,
      held: book.heldBy(app.id),
      monthlyLimit: budget?.monthlyLimit ?? null,
      paused: budget?.paused ?? false,
    }
  })
  return { apps: apps.toSorted((one, other) => other.spent - one.spent), resetsAt: resetsAt(book) }
}
