import type { z } from '@hono/zod-openapi'
import { authenticate } from '@/lib/auth/authenticate'
import type { Caller, Context } from '@/lib/context'
import { idempotencyKey } from '@/lib/contract/fields'
import type { ProblemCode } from '@/lib/contract/problems'
import {
  ConsentRequired,
  DomainError,
  type FieldError,
  Forbidden,
  InvalidJson,
  InvalidRequest,
  Unauthenticated,
  Unavailable,
} from '@/lib/errors'
import { noteAnswer } from '@/lib/http/observe'
import { problemResponse } from '@/lib/http/problem'
import { countAddress, countRequest, refuseOver } from '@/lib/http/rate-limit'
import { readJson } from '@/lib/http/read-body'
import { requestIdOf } from '@/lib/http/request-id'
import { apiHeaders } from '@/lib/http/security-headers'
import type { ApiDeps } from './deps'
import { check, parse, queryOf } from './validate'

/**
 * The callers a route admits (docs/api.md, "Who may call"): `anyone` needs no credential; `operator` is a secret key;
 * `account` is a secret key or a signed-in user; `quote` is those two and app tokens.
 */
type Access = 'anyone' | 'operator' | 'account' | 'quote'

const BODY_BYTES_MAX = 64 * 1024

type Shape = z.ZodType
type ParsedOf<Schema> = Schema extends Shape ? z.output<Schema> : undefined

/** The validated input of a handler. */
export type Call<Params, Query, Body> = {
  ctx: Context
  params: ParsedOf<Params>
  query: ParsedOf<Query>
  body: ParsedOf<Body>
  /** Empty on routes without a key. */
  idempotencyKey: string
  /** `POST /api/v1/charges`, for logs. */
  route: string
  /** The raw header, for the one route whose credential does not belong to an account. */
  authorization: string | null
}

type Answers = Record<number, { description: string; schema: Shape; mediaType?: string }>

/** `replayed`: this repeats the answer to an earlier request with the same key, and nothing happened now. */
type AnswerOf<Given extends Answers> = {
  [Status in keyof Given & number]: {
    status: Status
    body: z.input<Given[Status]['schema']>
    replayed?: boolean
  }
}[keyof Given & number]

/** Builds a handler's answer. The status stays a literal type, so that the body is checked against that status's schema. */
export function reply<Status extends number, Body>(status: Status, body: Body, replayed = false) {
  return { status, body, replayed }
}

type CommonSpec = {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** The path below `/api` in OpenAPI's notation: `/v1/holds/{id}`. */
  path: string
  tag: string
  summary: string
  access: Access
  /** True if this process serves the route (the default). A disabled route is not documented. */
  isThere?: () => boolean
  /** For a route that moves credits or money: requires an `Idempotency-Key` header and takes effect once. */
  idempotent?: boolean
  bodyBytesMax?: number
  /** The list in the body whose items the handler checks one by one, first with `refuseHostileText`. */
  itemsIn?: string
  /**
   * `perPerson`: the route opens something costly or a way to sign in, so it is limited per person concerned. `never`: for
   * probes, which must not mistake a busy process for a dead one. Every other route is limited per caller.
   */
  limited?: 'perPerson' | 'never'
  /** Treats an empty body as `{}`. */
  bodyOptional?: boolean
  /** The problems of this route besides those implied by its access, body and parameters. */
  problems?: ProblemCode[]
}

type Spec<Params, Query, Body, Given extends Answers> = CommonSpec & {
  params?: Params
  query?: Query
  body?: Body
  /** The documented schema, if the handler itself checks parts of the body. */
  bodyShown?: Shape
  answers: Given
  handle(call: Call<Params, Query, Body>): Promise<AnswerOf<Given> | Response>
}

/** A route with its types erased, as the app mounts it and the document describes it. */
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

/** Checks a handler's types against the route's schemas, then erases them. */
export function defineRoute<
  Given extends Answers,
  Params extends z.ZodObject | undefined = undefined,
  Query extends z.ZodObject | undefined = undefined,
  Body extends Shape | undefined = undefined,
>(spec: Spec<Params, Query, Body, Given>): Route {
  return { ...spec, name: routeName(spec) } as unknown as Route
}

/** A raw request. `address` resolves the client's address only when needed. */
export type Incoming = { request: Request; params: Record<string, string>; address: () => string | null }

/** Answers a request in one function, without middleware, because this is the hot path of a charge. */
export async function answer(deps: ApiDeps, route: Route, incoming: Incoming): Promise<Response> {
  const startedMs = performance.now()
  const requestId = requestIdOf(incoming.request)
  const scope: { caller: Caller } = { caller: NOBODY }
  const response = await answerAs(scope, deps, route, incoming, requestId)
  noteAnswer({ requestId, route: route.name, status: response.status, startedMs, caller: scope.caller })
  return response
}

/** Stores the caller in `scope` as soon as it is known. */
async function answerAs(
  scope: { caller: Caller },
  deps: ApiDeps,
  route: Route,
  incoming: Incoming,
  requestId: string,
): Promise<Response> {
  try {
    const pool = deps.pool()
    const clock = await deps.clock()
    const caller = await callerOf(route, { pool, clock, appUrl: deps.appUrl() }, incoming)
    scope.caller = caller
    const ctx: Context = { pool, clock, caller, requestId }
    const authorization = incoming.request.headers.get('authorization')
    const checked = await checkRequest(route, incoming.request, incoming.params)
    if (route.limited === 'perPerson') await countRequest('checkout', personOf(caller, checked.body))
    const result = await route.handle({ ctx, ...checked, route: route.name, authorization })
    if (result instanceof Response) return withApiHeaders(result, requestId)
    return jsonResponse(result, requestId)
  } catch (error) {
    return problemResponse(error, { requestId, route: route.name })
  }
}

/** Adds the API's headers to a response that a handler streams itself, and keeps the handler's own. */
function withApiHeaders(response: Response, requestId: string): Response {
  for (const [name, value] of Object.entries(apiHeaders(requestId)))
    if (!response.headers.has(name)) response.headers.set(name, value)
  return response
}

/** A route's name in logs. */
function routeName({ method, path }: CommonSpec): string {
  return `${method.toUpperCase()} /api${path}`
}

/** The status of an answer without a body. */
export const NO_CONTENT = 204

function jsonResponse(
  result: { status: number; body: unknown; replayed?: boolean },
  requestId: string,
): Response {
  const headers = apiHeaders(requestId)
  if (result.status === NO_CONTENT) return new Response(null, { status: NO_CONTENT, headers })
  headers['content-type'] = 'application/json'
  if (result.replayed) headers['idempotent-replayed'] = 'true'
  return new Response(JSON.stringify(result.body), { status: result.status, headers })
}

/** The longest subject a limiter's store accepts; user names are at most this long. */
const PERSON_LENGTH_MAX = 200

const NOBODY: Caller = { kind: 'nobody' }

/** Authenticates and counts the caller: keys and people individually, everyone else by client address. */
async function callerOf(
  { access, limited }: Route,
  scope: Omit<Parameters<typeof authenticate>[0], 'admit'>,
  { request, address }: Incoming,
): Promise<Caller> {
  if (access === 'anyone') {
    if (limited !== 'never') await countAddress('address', address())
    return NOBODY
  }
  // An address that has guessed too often is refused before its next guess is looked up.
  const admit = () => refuseOver('address', address())
  const caller = await authenticate({ ...scope, admit }, request).catch(async (error: unknown) => {
    // Only wrong guesses count: while the database is down, every caller just gets `unavailable`.
    if (error instanceof DomainError && !(error instanceof Unavailable))
      await countAddress('address', address())
    // A route closed to apps refuses their tokens the same way with and without consent.
    if (error instanceof ConsentRequired && access !== 'quote') throw new Forbidden()
    throw error
  })
  switch (caller.kind) {
    case 'nobody':
      await countAddress('address', address())
      throw new Unauthenticated()
    case 'key':
      await countRequest('key', caller.keyId)
      return caller
    case 'system':
      return caller
    case 'user':
      await countRequest('user', caller.userId)
      if (access === 'operator') throw new Forbidden()
      return caller
    case 'appToken':
      await countRequest('appToken', `${caller.userId} ${caller.appId}`)
      if (access !== 'quote') throw new Forbidden()
      return caller
    default:
      return caller satisfies never
  }
}

/** The person a request concerns: the caller, or the user named by a secret key, so that limits apply per person. */
function personOf(caller: Caller, body: unknown): string {
  if (caller.kind === 'user' || caller.kind === 'appToken') return caller.userId
  const named = typeof body === 'object' && body !== null && 'user' in body ? String(body.user) : ''
  return `named ${named}`.slice(0, PERSON_LENGTH_MAX)
}

type Checked = Omit<Call<Shape, Shape, Shape>, 'ctx' | 'route' | 'authorization'>

/** Validates the whole request against the route's schemas. Throws one `InvalidRequest` for key and body together. */
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
