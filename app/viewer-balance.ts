import { cache } from 'react'
import { presentBalance } from '@/lib/api/present'
import { pageContext, type Viewer } from '@/lib/auth/viewer'
import { getPlanStatus } from '@/lib/billing/read/get-billing-state'
import type { BalanceJson } from '@/lib/contract/account'
import { type Balance, getBalance } from '@/lib/credits/verbs/get-balance'

/** The viewer's balance, read once per request, even if several parts of a page show it. */
export const viewerBalance = cache((userId: Viewer['userId']): Promise<Balance> => {
  return getBalance(pageContext({ userId }), userId)
})

/** The same balance as the API returns it, for live updates. */
export const viewerBalanceJson = cache(async (userId: Viewer['userId']): Promise<BalanceJson> => {
  const balance = await viewerBalance(userId)
  return presentBalance(balance, await getPlanStatus(pageContext({ userId }), balance))
})
