import type { z } from 'zod'
import { isSameOrigin } from '@/lib/auth/same-origin'
import { getViewer, pageContext } from '@/lib/auth/viewer'
import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { Forbidden, InvalidRequest, Unauthenticated } from '@/lib/errors'
import { problemResponse } from '@/lib/http/problem'
import { countRequest } from '@/lib/http/rate-limit'
import { readJson } from '@/lib/http/read-body'
import { requestIdOf } from '@/lib/http/request-id'

/** Enough for a prompt and a few fields. */
const BODY_BYTES_MAX = 64 * 1_024

type Asked<Body> = { ctx: Context; accountId: string; body: Body }

/** Answers a request from a studio page for the signed-in person; errors become problem documents, as in the API. */
export async function answerPage<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
  handle: (asked: Asked<z.output<Schema>>) => Promise<Response>,
): Promise<Response> {
  try {
    if (!isSameOrigin(request.headers, getEnv().appUrl))
      throw new Forbidden('The request was sent from another site.')
    const viewer = await getViewer()
    if (viewer === null) throw new Unauthenticated('Sign in first.')
    await countRequest('user', viewer.userId)
    const parsed = schema.safeParse(await readJson(request, BODY_BYTES_MAX))
    if (!parsed.success)
      throw new InvalidRequest(
        parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
      )
    return await handle({ ctx: pageContext(viewer), accountId: viewer.userId, body: parsed.data })
  } catch (error) {
    return problemResponse(error, { requestId: requestIdOf(request), route: new URL(request.url).pathname })
  }
}
