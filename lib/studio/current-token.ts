import { findAppToken, issueAppToken } from '@/lib/apps/app-tokens'
import type { Context } from '@/lib/context'
import { ConsentRequired, Forbidden, NotFound, Unauthenticated } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { findConnection, keepConnection } from './connection'

/**
 * The app's token for the signed-in person, renewed if it has expired. Null if consent is missing or revoked, so the person
 * must be asked.
 */
export async function currentToken(ctx: Context, appId: string): Promise<string | null> {
  try {
    const known = await findConnection(ctx, appId)
    if (known !== null && (await isValid(ctx, known))) return known
    const made = await issueAppToken(ctx, { app: publicId('app', appId) })
    await keepConnection(ctx, { appId, ...made })
    return made.token
  } catch (error) {
    if (error instanceof ConsentRequired || error instanceof NotFound) return null
    throw error
  }
}

/** A token can be revoked before it expires; consent is checked again when the next one is issued. */
async function isValid(ctx: Context, token: string): Promise<boolean> {
  try {
    await findAppToken(ctx, token)
    return true
  } catch (error) {
    if (error instanceof Unauthenticated || error instanceof ConsentRequired || error instanceof Forbidden)
      return false
    throw error
  }
}
