import { accountOf } from '@/lib/auth/require'
import type { Context } from '@/lib/context'
import type { Annotations } from '@/lib/credits/book/records'
import { NotFound } from '@/lib/errors'
import { type IdKind, parsePublicId } from '@/lib/ids'
import type { Who } from '@/lib/metering/resolve-use'
import { getUser } from '@/lib/users/find-user'

/** The UUID of an id in a path. Throws `NotFound` for anything that is not an id of that kind. */
export function idIn(kind: IdKind, text: string): string {
  const uuid = parsePublicId(kind, text)
  if (uuid === null) throw new NotFound(kind)
  return uuid
}

/** The account to read. Throws `NotFound` for an unknown id, even a well-formed one. */
export async function readAccount(ctx: Context, user: string | undefined): Promise<string> {
  const accountId = await accountOf(ctx, user)
  if (ctx.caller.kind === 'key') await getUser(ctx, accountId)
  return accountId
}

type MeteringBody = {
  user?: string | undefined
  app?: string | undefined
  appToken?: string | undefined
  run?: string | undefined
}

/** The user, app and run of a metering call, without omitted fields. */
export function whoOf({ user, app, appToken, run }: MeteringBody): Who {
  return {
    ...(user === undefined ? {} : { user }),
    ...(app === undefined ? {} : { app }),
    ...(appToken === undefined ? {} : { appToken }),
    ...(run === undefined ? {} : { run }),
  }
}

type AnnotatedBody = {
  reference?: string | undefined
  metadata?: Record<string, string> | undefined
  fingerprint?: string | undefined
}

/** Converts omitted fields to null, as the domain expects. */
export function annotationsOf({ reference, metadata, fingerprint }: AnnotatedBody): Annotations {
  return { reference: reference ?? null, metadata: metadata ?? null, fingerprint: fingerprint ?? null }
}
