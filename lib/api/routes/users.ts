import { z } from '@hono/zod-openapi'
import { user } from '@/lib/contract/account'
import { text } from '@/lib/contract/fields'
import { upsertUser } from '@/lib/users/create-user'
import { presentUser } from '../present'
import { defineRoute, type Route, reply } from '../route'
import { inPath } from '../validate'

/** RFC 5321, section 4.5.3.1.3, as corrected by erratum 1690. */
const EMAIL_LENGTH_MAX = 254

const params = z.strictObject({
  externalId: inPath(
    text(200, 1).refine((value) => !value.startsWith('usr_'), { message: 'must not begin with usr_' }),
  ),
})
const body = z
  .strictObject({
    email: z.email().max(EMAIL_LENGTH_MAX),
    name: text(200, 1).optional(),
    plan: text(100, 1).optional().openapi({
      description: 'For platforms that do their own billing: the key of a plan of the catalogue.',
      example: 'super',
    }),
  })
  .openapi('UserRequest')

export const userRoutes: Route[] = [
  defineRoute({
    method: 'put',
    path: '/v1/users/{externalId}',
    tag: 'Account',
    summary: 'Register a user, or update their e-mail, name and plan',
    access: 'operator',
    params,
    body,
    answers: {
      200: { description: 'The existing user', schema: user },
      201: { description: 'The new user', schema: user },
    },
    async handle({ ctx, params, body }) {
      const { externalId } = params
      const { email, name = null, plan = null } = body
      const made = await upsertUser(ctx, { externalId, email, name, plan })
      const user = presentUser(made.user)
      return made.created ? reply(201, user) : reply(200, user)
    },
  }),
]
