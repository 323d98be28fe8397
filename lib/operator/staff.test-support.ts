import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { newUuid } from '@/lib/ids'
import { newKey, type Scenario } from '@/lib/testing/scenario'
import { createUser } from '@/lib/users/create-user'

/** Signs in the demo's support person, the only staff member, or a colleague, who then becomes staff too. */
export async function signInStaff(
  { ctx }: Pick<Scenario, 'ctx'>,
  email = 'olga@demo.example',
): Promise<Context> {
  const { operatorEmails } = getEnv()
  if (!operatorEmails.includes(email)) operatorEmails.push(email)
  const emailVerified = ctx.clock.now()
  const { id } = await createUser(ctx, {
    email,
    name: 'Olga',
    externalId: null,
    emailVerified,
  })
  return { ...ctx, caller: { kind: 'user', userId: id } }
}

/** A newly rendered form, with a reason and a new key. */
export function newForm(reason = 'asked on the phone'): { reason: string; key: string } {
  return { reason, key: newUuid() }
}

export function idempotency(): { key: string; fingerprint: string } {
  return { key: newKey(), fingerprint: newUuid() }
}
