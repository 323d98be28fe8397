import { z } from '@hono/zod-openapi'
import { DOCUMENT_BYTES_MAX } from '@/lib/catalog/limits'
import { listOf, time, timeIn } from '@/lib/contract/fields'
import { NotFound } from '@/lib/errors'
import { problemOf } from '@/lib/http/problem'
import { scheduleDraft, withdraw } from '@/lib/versions/schedule-version'
import { rangeOf, simulateVersion } from '@/lib/versions/simulate-version'
import {
  createDraft,
  deleteDraft,
  type FullVersion,
  getVersion,
  listVersions,
  type StoredVersion,
  updateDraft,
} from '@/lib/versions/stored-versions'
import { presentSimulation, simulationResult } from '../present-simulation'
import { defineRoute, NO_CONTENT, type Route, reply } from '../route'
import { answerLines } from '../stream'
import { inPath } from '../validate'

const shown = {
  version: z.int(),
  state: z.enum(['draft', 'scheduled', 'effective', 'superseded']),
  effectiveFrom: time.nullable().openapi({ description: 'Null for a draft, and for the first version.' }),
  revision: z.int().openapi({ description: 'Grows with each save of a draft.' }),
}
const summary = z.strictObject(shown).openapi('CatalogVersionSummary')
const document = z
  .looseObject({})
  .openapi({ description: 'As `GET /api/catalog.schema.json` describes it, with costs.' })
const full = z.strictObject({ ...shown, document }).openapi('FullCatalogVersion')

const params = z.strictObject({
  n: inPath(z.string()).openapi({ description: 'The number of the version.', example: '2' }),
})

/** The version number in a path. Throws `NotFound` for anything that is not the number of a version. */
function numberOf({ n }: { n: string }): number {
  if (!/^[1-9]\d{0,8}$/.test(n)) throw new NotFound('catalogue version')
  return Number(n)
}

function present({ version, state, effectiveFrom, revision }: StoredVersion) {
  return { version, state, effectiveFrom: effectiveFrom?.toISOString() ?? null, revision }
}

function presentFull(found: FullVersion) {
  return { ...present(found), document: { ...found.document } }
}

const tag = 'Catalogue'
const access = 'operator'
const problems = ['not_found'] as const
const PATH = '/v1/catalog/versions'
/** Four times the limit, because a document may be indented. */
const bodyBytesMax = 4 * DOCUMENT_BYTES_MAX

const line = z
  .strictObject({
    progress: z.strictObject({ charges: z.int(), of: z.int() }).optional(),
    result: simulationResult.optional(),
    problem: z
      .looseObject({})
      .optional()
      .openapi({ description: 'The simulation failed after it had begun.' }),
  })
  .openapi('SimulationLine')
type SimulationLine = z.input<typeof line>

export const catalogVersionRoutes: Route[] = [
  defineRoute({
    method: 'get',
    path: PATH,
    tag,
    summary: 'The versions of the catalogue, drafts included, the newest number first',
    access,
    answers: { 200: { description: 'All versions', schema: listOf(summary) } },
    async handle({ ctx }) {
      return reply(200, { data: (await listVersions(ctx)).map(present), nextCursor: null })
    },
  }),
  defineRoute({
    method: 'post',
    path: PATH,
    tag,
    summary: 'Store a document as a draft',
    access,
    bodyBytesMax,
    body: z.strictObject({ document }).openapi('NewCatalogVersion'),
    answers: { 201: { description: 'The draft', schema: full } },
    async handle({ ctx, body }) {
      return reply(201, presentFull(await createDraft(ctx, body.document)))
    },
  }),
  defineRoute({
    method: 'get',
    path: `${PATH}/{n}`,
    tag,
    summary: 'One version with its document',
    access,
    problems: [...problems],
    params,
    answers: { 200: { description: 'The version', schema: full } },
    async handle({ ctx, params: path }) {
      return reply(200, presentFull(await getVersion(ctx, numberOf(path))))
    },
  }),
  defineRoute({
    method: 'put',
    path: `${PATH}/{n}`,
    tag,
    summary: 'Replace the document of a draft',
    access,
    problems: [...problems, 'edit_conflict'],
    bodyBytesMax,
    params,
    body: z
      .strictObject({
        document,
        revision: z.int().min(1).optional().openapi({
          description: 'The revision that was read: 409 if somebody has saved since.',
        }),
      })
      .openapi('CatalogVersionChange'),
    answers: { 200: { description: 'The draft', schema: full } },
    async handle({ ctx, params: path, body }) {
      const change = { version: numberOf(path), document: body.document, revision: body.revision ?? null }
      return reply(200, presentFull(await updateDraft(ctx, change)))
    },
  }),
  defineRoute({
    method: 'delete',
    path: `${PATH}/{n}`,
    tag,
    summary: 'Delete a draft',
    access,
    problems: [...problems, 'invalid_request'],
    params,
    answers: { [NO_CONTENT]: { description: 'Deleted', schema: z.undefined() } },
    async handle({ ctx, params: path }) {
      await deleteDraft(ctx, numberOf(path))
      return reply(NO_CONTENT, undefined)
    },
  }),
  defineRoute({
    method: 'post',
    path: `${PATH}/{n}/schedule`,
    tag,
    summary: 'Schedule a draft, at least ten minutes ahead; the payment provider gets its prices first',
    access,
    problems: [...problems],
    params,
    body: z.strictObject({ effectiveFrom: timeIn }).openapi('CatalogSchedule'),
    answers: { 200: { description: 'The version, which can no longer be changed', schema: full } },
    async handle({ ctx, params: path, body }) {
      const scheduled = await scheduleDraft(ctx, { version: numberOf(path), from: body.effectiveFrom })
      return reply(200, presentFull(scheduled))
    },
  }),
  defineRoute({
    method: 'post',
    path: `${PATH}/{n}/withdraw`,
    tag,
    summary: 'Make a scheduled version that has not begun a draft again',
    access,
    problems: [...problems, 'invalid_request'],
    params,
    answers: { 200: { description: 'The draft', schema: full } },
    async handle({ ctx, params: path }) {
      return reply(200, presentFull(await withdraw(ctx, numberOf(path))))
    },
  }),
  defineRoute({
    method: 'post',
    path: `${PATH}/{n}/simulate`,
    tag,
    summary: 'What a version would have done to the charges in a time range, by default the last 30 days',
    access,
    problems: [...problems],
    params,
    bodyOptional: true,
    body: z.strictObject({ from: timeIn.optional(), to: timeIn.optional() }).openapi('SimulationRange'),
    answers: {
      200: {
        description: 'Lines of JSON; the last one contains the result',
        schema: line,
        mediaType: 'application/x-ndjson',
      },
    },
    async handle({ ctx, params: path, body, route }) {
      const range = rangeOf(ctx.clock.now(), body)
      const run = simulateVersion(ctx, { version: numberOf(path), ...range })
      return answerLines(run, {
        step: (progress): SimulationLine => ({ progress }),
        result: (found): SimulationLine => ({ result: presentSimulation(found, range) }),
        failure: (error): SimulationLine => ({
          problem: { ...problemOf(error, { requestId: ctx.requestId, route }) },
        }),
      })
    },
  }),
]
