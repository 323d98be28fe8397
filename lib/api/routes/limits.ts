import { z } from '@hono/zod-openapi'
import { findPayersApp } from '@/lib/apps/find-app'
import { accountOf } from '@/lib/auth/require'
import type { Context } from '@/lib/context'
import { credits, limitIn, text, time, userQuery } from '@/lib/contract/fields'
import { LIMIT_SCOPES, LIMIT_WINDOWS } from '@/lib/credits/book/records'
import { type LimitState, type LimitTarget, listLimits, setLimit } from '@/lib/credits/verbs/set-limit'
import { InvalidRequest } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { toCredits } from '@/lib/millicredits'
import { defineRoute, type Route, reply } from '../route'
import { inPath } from '../validate'
import { readAccount } from '../who'

const spendingLimit = z
  .strictObject({
    scope: z.enum(LIMIT_SCOPES),
    app: z.string().nullable(),
    window: z.enum(LIMIT_WINDOWS),
    amount: credits.nullable().openapi({ description: 'Null: no limit.' }),
    used: credits.openapi({ description: 'The amount spent in the window: total − absorbed − refunded.' }),
    held: credits.openapi({ description: 'Reserved by open holds, which also count against the limit.' }),
    resetsAt: time.nullable(),
  })
  .openapi('SpendingLimit')

function presentLimit({ scope, appId, window, amount, used, held, resetsAt }: LimitState) {
  return {
    scope,
    app: appId === null ? null : publicId('app', appId),
    window,
    amount: amount === null ? null : toCredits(amount),
    used: toCredits(used),
    held: toCredits(held),
    resetsAt: resetsAt?.toISOString() ?? null,
  } satisfies z.input<typeof spendingLimit>
}

const list = defineRoute({
  method: 'get',
  path: '/v1/limits',
  tag: 'Account',
  summary:
    'The limits of an account and the use of each: always for the account and the editor, and for apps with a limit',
  access: 'account',
  problems: ['not_found'],
  query: z.strictObject({ user: userQuery }),
  answers: {
    200: { description: 'The limits', schema: z.strictObject({ data: z.array(spendingLimit) }) },
  },
  async handle({ ctx, query }) {
    const accountId = await readAccount(ctx, query.user)
    return reply(200, { data: (await listLimits(ctx, accountId)).map(presentLimit) })
  },
})

const APP_SCOPE = 'app:'

/** `account`, `editor` or `app:` with an app's id, slug or `externalId`. Throws `InvalidRequest` or `NotFound`. */
async function targetOf(ctx: Context, accountId: string, scope: string): Promise<LimitTarget> {
  if (scope === 'account' || scope === 'editor') return { scope, appId: null }
  if (!scope.startsWith(APP_SCOPE)) throw InvalidRequest.at('scope', 'must be account, editor or app:<app>')
  const { id: appId } = await findPayersApp(ctx, scope.slice(APP_SCOPE.length), accountId)
  return { scope: 'app', appId }
}

const change = defineRoute({
  method: 'put',
  path: '/v1/limits/{scope}/{window}',
  tag: 'Account',
  summary: 'Set or remove a limit; one below the current use allows nothing more in this window',
  access: 'account',
  problems: ['not_found'],
  params: z.strictObject({
    scope: inPath(text(220, 1)).openapi({ description: '`account`, `editor` or `app:` and an app.' }),
    window: inPath(z.enum(LIMIT_WINDOWS)),
  }),
  query: z.strictObject({ user: userQuery }),
  body: z
    .strictObject({ amount: limitIn.nullable() })
    .openapi('SpendingLimitRequest', { description: '`null` removes the limit.' }),
  answers: { 200: { description: 'The limit, and what counts against it', schema: spendingLimit } },
  async handle({ ctx, params: { scope, window }, query, body: { amount } }) {
    const accountId = await accountOf(ctx, query.user)
    const target = await targetOf(ctx, accountId, scope)
    if (target.scope === 'app' && window === 'week')
      throw InvalidRequest.at('window', 'of an app must be day or month')
    return reply(200, presentLimit(await setLimit(ctx, { accountId, ...target, window, amount })))
  },
})

export const limitRoutes: Route[] = [list, change]
