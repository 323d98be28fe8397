import { z } from '@hono/zod-openapi'
import { accountOf } from '@/lib/auth/require'
import { getPlanStatus } from '@/lib/billing/read/get-billing-state'
import { balance } from '@/lib/contract/account'
import { userQuery } from '@/lib/contract/fields'
import { getBalance } from '@/lib/credits/verbs/get-balance'
import { presentBalance } from '../present'
import { defineRoute, type Route, reply } from '../route'

export const balanceRoutes: Route[] = [
  defineRoute({
    method: 'get',
    path: '/v1/balance',
    tag: 'Account',
    summary: "An account's spendable credits, by source",
    access: 'account',
    problems: ['not_found'],
    query: z.strictObject({ user: userQuery }),
    answers: { 200: { description: 'The balance', schema: balance } },
    async handle({ ctx, query }) {
      const found = await getBalance(ctx, await accountOf(ctx, query.user))
      return reply(200, presentBalance(found, await getPlanStatus(ctx, found)))
    },
  }),
]
