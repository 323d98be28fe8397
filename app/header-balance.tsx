import { BalanceChip } from '@/components/balance/balance-chip'
import {
  buyPackLabel,
  nextPlan,
  shownCurrency,
  smallestPack,
  upgradeLabel,
} from '@/components/billing/offer-words'
import { resetInWords } from '@/components/credits/words'
import { presentBalance } from '@/lib/api/present'
import { pageContext, type Viewer } from '@/lib/auth/viewer'
import { getPlanStatus } from '@/lib/billing/read/get-billing-state'
import { fixedCurrencyOf } from '@/lib/billing/read/subscription-rows'
import type { Catalog } from '@/lib/catalog'
import { catalogAt } from '@/lib/catalogs/current'
import { getBalance } from '@/lib/credits/verbs/get-balance'
import { getEnv } from '@/lib/env'
import { logFailure } from '@/lib/http/log'

/** The viewer's balance, shown in the header of every page. If it cannot be read, the page still works. */
export async function HeaderBalance({ viewer }: { viewer: Viewer }) {
  const ctx = pageContext(viewer)
  try {
    // Read separately from the page, so that each logs its own failure.
    const balance = await getBalance(ctx, viewer.userId)
    const json = presentBalance(balance, await getPlanStatus(ctx, balance))
    const { allowance, grants } = balance
    const now = ctx.clock.now()
    const catalog = catalogAt(now)
    const currency = shownCurrency(catalog, await fixedCurrencyOf(ctx, viewer.userId))
    const ends = grants.findLast(({ source }) => source === 'allowance')?.expiresAt ?? null
    return (
      <BalanceChip
        balance={json}
        renderedAt={now.toISOString()}
        reset={allowance.resetsAt && resetInWords(allowance.resetsAt, ends)}
        ways={getEnv().hasBilling ? waysToMore(catalog, balance.plan.key, currency) : []}
      />
    )
  } catch (error) {
    logFailure(error, { requestId: ctx.requestId, route: 'the balance in the header' })
    return null
  }
}

function waysToMore(catalog: Catalog, current: string, currency: string): { label: string; query: string }[] {
  const smallest = smallestPack(catalog)
  const next = nextPlan(catalog, current)
  const upgrade = next ? [{ label: upgradeLabel(next, currency), query: `plan=${next.key}` }] : []
  const pack = smallest ? [{ label: buyPackLabel(smallest, currency), query: `pack=${smallest.key}` }] : []
  return [...upgrade, ...pack]
}
