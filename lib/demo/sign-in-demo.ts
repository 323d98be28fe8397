import { createSession, type NewSession } from '@/lib/auth/session'
import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'
import { findAccountId } from '@/lib/users/find-user'
import { findDemoPerson } from './people'

/** Signs in as a demo person. Callers check that this is the demo. Throws `NotFound`. */
export async function signInDemo(ctx: Context, input: { person: unknown }): Promise<NewSession> {
  const person = findDemoPerson(input.person)
  if (!person) throw new NotFound('demo person')
  return createSession(ctx, await findAccountId(ctx, person.externalId))
}
