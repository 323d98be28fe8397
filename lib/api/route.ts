import type { z } from '@hono/zod-openapi'
import { authenticate } from '@/lib/auth/authenticate'
import type { Caller, Context } from '@/lib/context'
import { type FieldError, Forbidden, InvalidJson, InvalidRequest, Unauthenticated } from '@/lib/errors'
import { problemResponse } from '@/lib/http/problem'
import type { ProblemCode } from '@/lib/http/problem-schemas'
import { readJson } from '@/lib/http/read-body'
import { REQUEST_ID_HEADER, requestIdOf } from '@/lib/http/request-id'
import type { ApiDeps } from './deps'
import { idempotencyKey } from './schemas/fields'
import { check, parse, queryOf } from './validate'

/**
 * Who may call a route (api.md, "Who may call"): `anyone` is asked for nothing; `operator` is a secret key; `account` is a
 * secret key or a signed-in user; `quote` is those two and app tokens.
 */
type Access = 'anyone' | 'operator' | 'account' | 'quote'

const BODY_BYTES_MAX = 64 * 1024

type Shape = z.ZodType
type ParsedOf<Schema> = Schema extends Shape ? z.output<Schema> : undefined

/** What a handler is given: all of it checked. */
export type Call<Params, Query, Body> = {
  ctx: Context
  params: ParsedOf<Params>
  query: ParsedOf<Query>
  body: ParsedOf<Body>
  /** Empty on routes that need none. */
  idempotencyKey: string
  /** `POST /api/v1/charges`, for logs. */
  route: string
}

type Answers = Record<number, { description: string; schema: Shape; mediaType?: string }>

/** `replayed`: an earlier request with the same key was answered so, and nothing happened now. */
type AnswerOf<Given extends Answers> = {
  [Status in keyof Given & number]: {
    status: Status
    body: z.input<Given[Status]['schema']>
    replayed?: boolean
  }
}[keyof Given & number]

/** What a handler answers: keeps the status a literal, so that the body is held to that status's schema. */
export function reply<Status extends number, Body>(status: Status, body: Body, replayed = false) {
  return { status, body, replayed }
}

type CommonSpec = {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** In OpenAPI's notation, below `/api`: `/v1/holds/{id}`. */
  path: string
  tag: string
  summary: string
  access: Access
  /** Whether this process has the route at all; without it, yes. One that is not there is not documented. */
  isThere?: () => boolean
  /** Moves credits or money: needs an `Idempotency-Key` header, which makes its effect happen once. */
  idempotent?: boolean
  bodyBytesMax?: number
  /** The list in the body whose items the handler checks one by one, with `refuseHostileText` first. */
  itemsIn?: string
  /** Whether an empty body stands for `{}`. */
  bodyOptional?: boolean
  /** The problems of this route beside those that its access, body and parameters imply. */
  problems?: ProblemCode[]
}

type Spec<Params, Query, Body, Given extends Answers> = CommonSpec & {
  params?: Params
  query?: Query
  body?: Body
  /** What the document shows when a handler checks the parts of the body itself. */
  bodyShown?: Shape
  answers: Given
  handle(call: Call<Params, Query, Body>): Promise<AnswerOf<Given> | Response>
}

/** A route with its types folded away: what the app mounts and the document describes. */
export type Route = CommonSpec & {
  name: string
  params?: z.ZodObject
  query?: z.ZodObject
  body?: Shape
  bodyShown?: Shape
  answers: Answers
  handle(
    call: Call<Shape, Shape, Shape>,
  ): Promise<{ status: number; body: unknown; replayed?: boolean } | Response>
}

export function isThere(route: Route): boolean {
  return route.isThere?.() ?? true
}

/** Ties a handler's types to the route's schemas; the pipeline, which has checked the values, needs them no more. */
export function defineRoute<
  Given extends Answers,
  Params extends z.ZodObject | undefined = undefined,
  Query extends z.ZodObject | undefined = undefined,
  Body extends Shape | undefined = undefined,
>(spec: Spec<Params, Query, Body, Given>): Route {
  return { ...spec, name: routeName(spec) } as unknown as Route
}

/** Request to answer, in one function and without a chain of middleware: this is the hot path of a charge. */
export async function answer(
  deps: ApiDeps,
  route: Route,
  request: Request,
  params: Record<string, string>,
): Promise<Response> {
  const requestId = requestIdOf(request)
  try {
    const pool = deps.pool()
    const clock = await deps.clock()
    const caller = await callerOf(route.access, { pool, clock, appUrl: deps.appUrl() }, request)
    const ctx: Context = { pool, clock, caller, requestId }
    const checked = await checkRequest(route, request, params)
    const result = await route.handle({ ctx, ...checked, route: route.name })
    if (result instanceof Response) return result
    return jsonResponse(result, requestId)
  } catch (error) {
    return problemResponse(error, { requestId, route: route.name })
  }
}

/** What logs call a route. */
function routeName({ method, path }: CommonSpec): string {
  return `${method.toUpperCase()} /api${path}`
}

/** The status of an answer without a body. */
export const NO_CONTENT = 204

function jsonResponse(
  result: { status: number; body: unknown; replayed?: boolean },
  requestId: string,
): Response {
  const headers: Record<string, string> = { 'cache-control': 'no-store', [REQUEST_ID_HEADER]: requestId }
  if (result.status === NO_CONTENT) return new Response(null, { status: NO_CONTENT, headers })
  headers['content-type'] = 'application/json'
  if (result.replayed) headers['idempotent-replayed'] = 'true'
  return new Response(JSON.stringify(result.body), { status: result.status, headers })
}

const NOBODY: Caller = { kind: 'nobody' }

async function callerOf(
  access: Access,
  scope: Parameters<typeof authenticate>[0],
  request: Request,
): Promise<Caller> {
  if (access === 'anyone') return NOBODY
  const caller = await authenticate(scope, request)
  switch (caller.kind) {
    case 'nobody':
      throw new Unauthenticated()
    case 'key':
    case 'system':
      return caller
    case 'user':
      if (access === 'operator') throw new Forbidden()
      return caller
    case 'appToken':
      if (access !== 'quote') throw new Forbidden()
      return caller
    default:
      return caller satisfies never
  }
}

type Checked = Omit<Call<Shape, Shape, Shape>, 'ctx' | 'route'>

/** Everything a caller sent, against the route's schemas. Throws one `InvalidRequest` for key and body together. */
async function checkRequest(route: Route, request: Request, given: Record<string, string>): Promise<Checked> {
  const params = route.params === undefined ? undefined : parse(route.params, given)
  const query = checkQuery(route, request.url)
  const errors: FieldError[] = []
  let key = ''
  if (route.idempotent) {
    const header = check(idempotencyKey, request.headers.get('idempotency-key') ?? undefined)
    if (header.errors === null) key = header.value
    else errors.push(...header.errors.map(({ message }) => ({ path: 'Idempotency-Key', message })))
  }
  let body: unknown
  if (route.body !== undefined) {
    const json = await readJson(request, route.bodyBytesMax ?? BODY_BYTES_MAX, route.itemsIn)
    if (json === undefined && !route.bodyOptional) throw new InvalidJson()
    const parsed = check(route.body, json === undefined ? {} : json)
    if (parsed.errors === null) body = parsed.value
    else errors.push(...parsed.errors)
  }
  if (errors.length > 0) throw new InvalidRequest(errors)
  return { params, query, body, idempotencyKey: key }
}

function checkQuery(route: Route, url: string): unknown {
  if (route.query !== undefined) return parse(route.query, queryOf(url))
  if (!url.includes('?')) return undefined
  const [unknown] = Object.keys(queryOf(url))
  if (unknown !== undefined) throw InvalidRequest.at(unknown.slice(0, 200), 'is not a known parameter')
  return undefined
}
