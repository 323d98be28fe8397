import { BalanceChip } from '@/components/balance/balance-chip'
import { buyPackLabel, nextPlan, smallestPack, upgradeLabel } from '@/components/billing/offer-words'
import { resetInWords } from '@/components/credits/words'
import { presentBalance } from '@/lib/api/present'
import { pageContext, type Viewer } from '@/lib/auth/viewer'
import { getPlanStatus } from '@/lib/billing/read/get-billing-state'
import type { Catalog } from '@/lib/catalog'
import { catalogAt } from '@/lib/catalogs/current'
import { getBalance } from '@/lib/credits/verbs/get-balance'
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
    const ends = grants.findLast(({ source }) => source === 'allowance')?.expiresAt ?? null
    return (
      <BalanceChip
        balance={json}
        renderedAt={now.toISOString()}
        reset={allowance.resetsAt && resetInWords(allowance.resetsAt, ends)}
        ways={waysToMore(catalogAt(now), balance.plan.key)}
      />
    )
  } catch (error) {
    logFailure(error, { requestId: ctx.requestId, route: 'the balance in the header' })
    return null
  }
}

function waysToMore(catalog: Catalog, current: string): { label: string; query: string }[] {
  const smallest = smallestPack(catalog)
  const next = nextPlan(catalog, current)
  const upgrade = next ? [{ label: upgradeLabel(next), query: `plan=${next.key}` }] : []
  const pack = smallest ? [{ label: buyPackLabel(smallest), query: `pack=${smallest.key}` }] : []
  return [...upgrade, ...pack]
}
