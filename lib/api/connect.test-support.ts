import { hash } from 'node:crypto'
import { describeConnect, giveConsent } from '@/lib/apps/connect'
import type { Context } from '@/lib/context'
import { type Millicredits, millicredits } from '@/lib/millicredits'
import type { Api } from './contract.test-support'

/** The app's own page that consent returns to. */
export const ORIGIN = 'https://trips.example'
export const RETURN_TO = `${ORIGIN}/connected?state=1`
/** 43 to 128 unreserved characters that the app keeps secret until the exchange. */
export const VERIFIER = 'v'.repeat(50)

/** A signed-in user on the product's own pages. */
export function asUser(api: Api, userId: string): Context {
  return { ...api.ctx, caller: { kind: 'user', userId } }
}

/** Gives consent as the connect page does. */
export async function consent(
  api: Api,
  user: { accountId: string },
  app: { id: string },
  monthlyBudget: Millicredits | null = millicredits(200_000),
): Promise<string> {
  const ctx = asUser(api, user.accountId)
  const { back } = await describeConnect(ctx, { app: app.id, returnTo: RETURN_TO })
  const { code } = await giveConsent(ctx, {
    app: app.id,
    monthlyBudget,
    returnTo: back?.returnTo ?? '',
    codeChallenge: hash('sha256', VERIFIER, 'base64url'),
    codeChallengeMethod: 'S256',
  })
  return code
}
