import { z } from '@hono/zod-openapi'
import {
  credits,
  creditsIn,
  cursor,
  idParams,
  limit,
  listOf,
  text,
  time,
  userQuery,
} from '@/lib/contract/fields'
import { NAMES_ONCE, namesOnce, payer } from '@/lib/contract/metering'
import { closeRun, getRun, listRuns, type RunState, raiseRun, startRun } from '@/lib/credits/verbs/runs'
import { publicId } from '@/lib/ids'
import { resolveRunner } from '@/lib/metering/resolve-use'
import { toCredits } from '@/lib/millicredits'
import { pageById } from '../page-by-id'
import { defineRoute, type Route, reply } from '../route'
import { idIn, readAccount, whoOf } from '../who'

const RUN_LABEL_LENGTH_MAX = 200

const status = z.enum(['open', 'closed'])

const run = z
  .strictObject({
    id: z.string(),
    user: z.string(),
    app: z.string().nullable(),
    label: z.string().nullable(),
    status,
    cap: credits,
    spent: credits.openapi({ description: 'The amount that its charges took: total − absorbed − refunded.' }),
    held: credits.openapi({ description: 'Reserved by its open holds.' }),
    charges: z.int().openapi({ description: 'The number of its charges. `GET /usage?run=…` lists them.' }),
    createdAt: time,
    closesAt: time.openapi({ description: 'When it closes automatically, or when it closed.' }),
  })
  .openapi('Run')

function presentRun(state: RunState) {
  const { label, status, charges } = state
  return {
    id: publicId('run', state.id),
    user: publicId('user', state.accountId),
    app: state.appId === null ? null : publicId('app', state.appId),
    label,
    status,
    cap: toCredits(state.cap),
    spent: toCredits(state.spent),
    held: toCredits(state.held),
    charges,
    createdAt: state.createdAt.toISOString(),
    closesAt: state.closesAt.toISOString(),
  } satisfies z.input<typeof run>
}

const answer = { description: 'The run', schema: run }

const start = defineRoute({
  method: 'post',
  path: '/v1/runs',
  tag: 'Runs',
  summary: 'Start a run: together, the holds and charges that name it never exceed its cap',
  access: 'account',
  problems: ['not_found', 'consent_required'],
  body: z
    .strictObject({ ...payer, cap: creditsIn, label: text(RUN_LABEL_LENGTH_MAX).optional() })
    .refine(namesOnce, NAMES_ONCE)
    .openapi('RunRequest'),
  answers: { 201: answer },
  async handle({ ctx, body }) {
    const { accountId, appId } = await resolveRunner(ctx, whoOf(body))
    const { cap, label = null } = body
    return reply(201, presentRun(await startRun(ctx, { accountId, appId, cap, label })))
  },
})

const list = defineRoute({
  method: 'get',
  path: '/v1/runs',
  tag: 'Runs',
  summary: "An account's runs, newest first",
  access: 'account',
  problems: ['not_found'],
  query: z.strictObject({ user: userQuery, status: status.optional(), cursor, limit }),
  answers: { 200: { description: 'A page of runs', schema: listOf(run) } },
  async handle({ ctx, query }) {
    const accountId = await readAccount(ctx, query.user)
    const { status = null } = query
    const { items, nextCursor } = await pageById('run', query, (from) =>
      listRuns(ctx, { accountId, status, ...from }),
    )
    return reply(200, { data: items.map(presentRun), nextCursor })
  },
})

const read = defineRoute({
  method: 'get',
  path: '/v1/runs/{id}',
  tag: 'Runs',
  summary: 'A run: its cap, and what it has spent and holds',
  access: 'account',
  problems: ['not_found'],
  params: idParams,
  answers: { 200: answer },
  async handle({ ctx, params }) {
    return reply(200, presentRun(await getRun(ctx, idIn('run', params.id))))
  },
})

const raise = defineRoute({
  method: 'post',
  path: '/v1/runs/{id}/raise',
  tag: 'Runs',
  summary: 'Set the cap of an open run; a refused call can then be repeated with the same key',
  access: 'account',
  problems: ['run_closed', 'not_found'],
  params: idParams,
  body: z.strictObject({ cap: creditsIn }).openapi('RunRaise'),
  answers: { 200: answer },
  async handle({ ctx, params, body }) {
    return reply(200, presentRun(await raiseRun(ctx, idIn('run', params.id), body.cap)))
  },
})

const close = defineRoute({
  method: 'post',
  path: '/v1/runs/{id}/close',
  tag: 'Runs',
  summary: 'Close a run; the captures of its open holds still charge',
  access: 'account',
  bodyOptional: true,
  problems: ['not_found'],
  params: idParams,
  body: z.strictObject({}),
  answers: { 200: answer },
  async handle({ ctx, params }) {
    return reply(200, presentRun(await closeRun(ctx, idIn('run', params.id))))
  },
})

export const runRoutes: Route[] = [start, list, read, raise, close]
