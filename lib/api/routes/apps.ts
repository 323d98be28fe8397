import { z } from '@hono/zod-openapi'
import { APP_VISIBILITIES, type App } from '@/lib/apps/app'
import { issueAppToken, revokeConsent } from '@/lib/apps/app-tokens'
import { exchangeCode } from '@/lib/apps/connect'
import { createApp } from '@/lib/apps/create-app'
import { findPayersApp } from '@/lib/apps/find-app'
import { listApps } from '@/lib/apps/list-apps'
import { updateApp } from '@/lib/apps/update-app'
import { accountOf } from '@/lib/auth/require'
import { type AppTokenJson, appToken } from '@/lib/contract/account'
import {
  appRef,
  credits,
  creditsIn,
  cursor,
  limit,
  listOf,
  text,
  time,
  userQuery,
  userRef,
} from '@/lib/contract/fields'
import { type BudgetState, getBudget, setBudget } from '@/lib/credits/verbs/set-budget'
import { publicId } from '@/lib/ids'
import { toCredits } from '@/lib/millicredits'
import { pageById } from '../page-by-id'
import { defineRoute, type Route, reply } from '../route'
import { inPath } from '../validate'
import { readAccount } from '../who'

const visibility = z.enum(APP_VISIBILITIES)

const app = z
  .strictObject({
    id: z.string(),
    creator: z.string().openapi({ description: "The creator's user id." }),
    name: z.string(),
    slug: z.string(),
    externalId: z.string().nullable(),
    visibility,
    origins: z.array(z.string()).openapi({ description: 'The origins that consent may return to.' }),
    createdAt: time,
  })
  .openapi('App')

/** `lib/apps` validates the values; only their size is limited here. */
const fields = {
  name: text(200),
  slug: text(200),
  externalId: text(400).nullable(),
  visibility,
  origins: z
    .array(text(500))
    .max(100)
    .openapi({ example: ['https://trips.example'] }),
}

const createRequest = z
  .strictObject({
    user: userRef.optional(),
    name: fields.name,
    slug: fields.slug.optional(),
    externalId: fields.externalId.optional(),
    visibility,
    origins: fields.origins.optional(),
  })
  .openapi('AppRequest', {
    description: '`user` is the creator. Without `slug`, one is derived from the name.',
  })
const updateRequest = z.strictObject(fields).partial().openapi('AppChange')

/** An app as seen by its creator and the operator. */
function presentApp({ id, creatorId, name, slug, externalId, visibility, origins, createdAt }: App) {
  return {
    id: publicId('app', id),
    creator: publicId('user', creatorId),
    name,
    slug,
    externalId,
    visibility,
    origins,
    createdAt: createdAt.toISOString(),
  } satisfies z.input<typeof app>
}

/** Drops omitted fields, so that the verb's defaults apply. */
function present<T extends object>(given: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>
  }
}

const create = defineRoute({
  method: 'post',
  path: '/v1/apps',
  tag: 'Apps',
  summary: 'Register an app for a creator',
  access: 'account',
  problems: ['not_found'],
  body: createRequest,
  answers: { 201: { description: 'The app', schema: app } },
  async handle({ ctx, body: { user, name, visibility, ...rest } }) {
    const accountId = await accountOf(ctx, user)
    return reply(201, presentApp(await createApp(ctx, { accountId, name, visibility, ...present(rest) })))
  },
})

const list = defineRoute({
  method: 'get',
  path: '/v1/apps',
  tag: 'Apps',
  summary: "A creator's apps, newest first",
  access: 'account',
  problems: ['not_found'],
  query: z.strictObject({ user: userQuery, cursor, limit }),
  answers: {
    200: { description: 'A page of apps', schema: listOf(app) },
  },
  async handle({ ctx, query }) {
    const accountId = await readAccount(ctx, query.user)
    const { items, nextCursor } = await pageById('app', query, (from) =>
      listApps(ctx, { accountId, ...from }),
    )
    return reply(200, { data: items.map(presentApp), nextCursor })
  },
})

const params = z.strictObject({ id: inPath(appRef) })

const update = defineRoute({
  method: 'patch',
  path: '/v1/apps/{id}',
  tag: 'Apps',
  summary: 'Change an app; omitted fields do not change',
  access: 'account',
  problems: ['not_found'],
  params,
  body: updateRequest,
  answers: { 200: { description: 'The app', schema: app } },
  async handle({ ctx, params, body }) {
    return reply(200, presentApp(await updateApp(ctx, { app: params.id, ...present(body) })))
  },
})

const tokenAnswer = { description: 'The token, shown once', schema: appToken }
const presentToken = (made: { token: string; expiresAt: Date }): AppTokenJson => ({
  token: made.token,
  expiresAt: made.expiresAt.toISOString(),
})

const issueToken = defineRoute({
  method: 'post',
  path: '/v1/apps/{id}/tokens',
  tag: 'Apps',
  summary: 'A token for an app: for the signed-in user after consent, or for a `user` named by a secret key',
  access: 'account',
  bodyOptional: true,
  problems: ['consent_required', 'not_found'],
  params,
  body: z.strictObject({ user: userRef.optional() }).openapi('AppTokenRequest'),
  answers: { 201: tokenAnswer },
  async handle({ ctx, params, body }) {
    return reply(201, presentToken(await issueAppToken(ctx, { app: params.id, user: body.user })))
  },
})

const revokeTokens = defineRoute({
  method: 'delete',
  path: '/v1/apps/{id}/tokens',
  tag: 'Apps',
  summary: 'Withdraw a person’s consent for an app and revoke its tokens',
  access: 'account',
  problems: ['not_found'],
  params,
  query: z.strictObject({ user: userQuery }),
  answers: { 204: { description: 'The app can no longer spend credits', schema: z.undefined() } },
  async handle({ ctx, params, query }) {
    await revokeConsent(ctx, { app: params.id, user: query.user })
    return reply(204, undefined)
  },
})

const exchange = defineRoute({
  method: 'post',
  path: '/v1/connect/token',
  tag: 'Apps',
  summary: "Exchange the connect page's code, once, together with the challenge's verifier (RFC 7636)",
  access: 'anyone',
  body: z
    .strictObject({ code: text(200, 1), codeVerifier: text(200, 1), returnTo: text(2_000, 1) })
    .openapi('ConnectTokenRequest'),
  answers: { 201: tokenAnswer },
  async handle({ ctx, body }) {
    return reply(201, presentToken(await exchangeCode(ctx, body)))
  },
})

const budget = z
  .strictObject({
    monthlyLimit: credits.nullable().openapi({ description: 'Null: no limit.' }),
    used: credits.openapi({ description: 'The amount spent in this period.' }),
    held: credits,
    paused: z.boolean(),
    resetsAt: time.nullable(),
  })
  .openapi('AppBudget')
const budgetAnswer = { description: "The payer's limit for the app", schema: budget }

function presentBudget({ monthlyLimit, used, held, paused, resetsAt }: BudgetState): z.input<typeof budget> {
  return {
    monthlyLimit: monthlyLimit === null ? null : toCredits(monthlyLimit),
    used: toCredits(used),
    held: toCredits(held),
    paused,
    resetsAt: resetsAt?.toISOString() ?? null,
  }
}

const readBudget = defineRoute({
  method: 'get',
  path: '/v1/apps/{id}/budget',
  tag: 'Apps',
  summary: "An account's budget for an app",
  access: 'account',
  problems: ['not_found'],
  params,
  query: z.strictObject({ user: userQuery }),
  answers: { 200: budgetAnswer },
  async handle({ ctx, params, query }) {
    const accountId = await accountOf(ctx, query.user)
    const { id: appId } = await findPayersApp(ctx, params.id, accountId)
    return reply(200, presentBudget(await getBudget(ctx, { accountId, appId })))
  },
})

const changeBudget = defineRoute({
  method: 'put',
  path: '/v1/apps/{id}/budget',
  tag: 'Apps',
  summary: "Limit, pause or resume an app's spending",
  access: 'account',
  problems: ['not_found'],
  params,
  body: z
    .strictObject({
      user: userRef.optional(),
      monthlyLimit: creditsIn.nullable(),
      paused: z.boolean().optional(),
    })
    .openapi('AppBudgetRequest', { description: 'Without `paused`, that setting does not change.' }),
  answers: { 200: budgetAnswer },
  async handle({ ctx, params, body: { user, monthlyLimit, paused = null } }) {
    const accountId = await accountOf(ctx, user)
    const { id: appId } = await findPayersApp(ctx, params.id, accountId)
    return reply(200, presentBudget(await setBudget(ctx, { accountId, appId, monthlyLimit, paused })))
  },
})

export const appRoutes: Route[] = [
  create,
  list,
  update,
  issueToken,
  revokeTokens,
  exchange,
  readBudget,
  changeBudget,
]
