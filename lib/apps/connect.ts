import { hash, timingSafeEqual } from 'node:crypto'
import { catalogAt } from '@/lib/catalogs/current'
import { MINUTE_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { type BudgetState, getBudget, setBudget } from '@/lib/credits/verbs/set-budget'
import { inTransaction } from '@/lib/db/transaction'
import { type FieldError, Forbidden, InvalidRequest, Unauthenticated } from '@/lib/errors'
import { type Millicredits, millicredits } from '@/lib/millicredits'
import type { App, AppVisibility } from './app'
import { forgetAppTokens, insertToken, type NewAppToken } from './app-tokens'
import { hasConsent, recordConsent } from './consent'
import { getApp, mayUseApp, requireAppSight } from './find-app'
import { hashOf, isSecret, newSecret } from './secrets'

/** The preset budget on the connect page: enough to try an app, with little to lose. */
export const CONNECT_BUDGET_DEFAULT: Millicredits = millicredits(200_000) // 200 credits

/** Short, because an app exchanges its code immediately and a code found later must be worthless. */
const CODE_MINUTES = 2
const RETURN_TO_LENGTH_MAX = 2_000
/** RFC 7636: 32 bytes as base64url for S256; a verifier has 43 to 128 unreserved characters. */
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/

/** The content of the connect page before consent. */
export type ConnectView = {
  app: Pick<App, 'id' | 'name' | 'slug' | 'visibility'>
  /** True if the viewer created the app, so there is no premium and no reward. */
  isOwn: boolean
  /** The premium on each price, in hundredths of a percent; 0 in the viewer's own app. */
  premiumBps: number
  /** True if the viewer has already consented. */
  isConnected: boolean
  /** The current budget; a `monthlyLimit` of null means no limit. */
  budget: BudgetState
  /** The preset: the current limit, or `CONNECT_BUDGET_DEFAULT` if there is none. */
  monthlyBudget: Millicredits
  /** The normalised URL that receives the code, and its origin for display; null if only consent is requested. */
  back: { returnTo: string; origin: string } | null
}

/**
 * Describes the consent that a user is asked for. If `returnTo` is null, there is no redirect afterwards. Throws
 * `Unauthenticated` without a user, `NotFound` for an app the user may not see, `InvalidRequest` if `returnTo` is not on
 * one of the app's own origins.
 */
export async function describeConnect(
  ctx: Context,
  input: { app: string; returnTo: string | null },
): Promise<ConnectView> {
  const accountId = requireUser(ctx)
  const app = await getApp(ctx, input.app)
  requireAppSight(ctx, app)
  const returnTo = input.returnTo === null ? null : checkedReturnTo(app, input.returnTo)
  const [isConnected, budget] = await Promise.all([
    hasConsent(ctx.pool, { accountId, appId: app.id }),
    getBudget(ctx, { accountId, appId: app.id }),
  ])
  const isOwn = app.creatorId === accountId
  const { id, name, slug, visibility } = app
  return {
    app: { id, name, slug, visibility },
    isOwn,
    premiumBps: isOwn ? 0 : catalogAt(ctx.clock.now()).creatorPremiumBps,
    isConnected,
    budget,
    monthlyBudget: budget.monthlyLimit ?? CONNECT_BUDGET_DEFAULT,
    back: returnTo === null ? null : { returnTo: returnTo.href, origin: returnTo.origin },
  }
}

type AllowInput = {
  app: string
  /** The budget per period; null means no limit. */
  monthlyBudget: Millicredits | null
}

/**
 * Records the signed-in user's consent for an app, without a code: used by the link in a `consent_required` refusal. Throws
 * like `describeConnect`.
 */
export async function allowApp(ctx: Context, input: AllowInput): Promise<void> {
  const accountId = requireUser(ctx)
  const app = await getApp(ctx, input.app)
  requireAppSight(ctx, app)
  const which = { accountId, appId: app.id }
  // The budget is set before anything can be spent.
  await setBudget(ctx, { ...which, monthlyLimit: input.monthlyBudget, paused: null })
  await recordConsent(ctx, ctx.pool, which)
  forgetAppTokens(ctx.pool)
}

type GiveConsentInput = AllowInput & {
  returnTo: string
  codeChallenge: string
  codeChallengeMethod: string
}

/**
 * Records the signed-in user's consent for an app and returns a single-use code, valid for two minutes, that only the holder
 * of the challenge's verifier can exchange. Throws like `describeConnect`, and `InvalidRequest` for a challenge that is not
 * S256.
 */
export async function giveConsent(ctx: Context, input: GiveConsentInput): Promise<{ code: string }> {
  const accountId = requireUser(ctx)
  const app = await getApp(ctx, input.app)
  requireAppSight(ctx, app)
  requireChallenge(input)
  const returnTo = checkedReturnTo(app, input.returnTo)
  const which = { accountId, appId: app.id }
  // The budget is set before anything can be spent.
  await setBudget(ctx, { ...which, monthlyLimit: input.monthlyBudget, paused: null })
  const code = newSecret('cc')
  const now = ctx.clock.now()
  await inTransaction(ctx.pool, async (client) => {
    await recordConsent(ctx, client, which)
    await client.query({
      name: 'insert-connect-code',
      text: `
        with gone as (delete from connect_codes where account_id = $2 and app_id = $3 and expires_at <= $6)
        insert into connect_codes (hash, account_id, app_id, return_to, challenge, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7)`,
      values: [
        hashOf(code),
        accountId,
        app.id,
        returnTo.href,
        input.codeChallenge,
        now,
        new Date(now.getTime() + CODE_MINUTES * MINUTE_MS),
      ],
    })
  })
  // The cache may still contain a token that was just refused for lack of consent.
  forgetAppTokens(ctx.pool)
  return { code }
}

type ExchangeInput = { code: string; codeVerifier: string; returnTo: string }

/**
 * Exchanges a code once for its app token, given the verifier of its challenge and the `returnTo` it was sent to. A second
 * use of a code revokes the first use's token, because the code has leaked. Throws `InvalidRequest` without revealing
 * whether the code is wrong, expired or used.
 */
export async function exchangeCode(ctx: Context, input: ExchangeInput): Promise<NewAppToken> {
  const refusal = () => InvalidRequest.at('code', 'is not valid')
  if (!isSecret('cc', input.code)) throw refusal()
  const codeHash = hashOf(input.code)
  const made = await inTransaction(ctx.pool, async (client) => {
    const { rows } = await client.query<CodeRow>({
      name: 'lock-connect-code',
      text: `
        select c.account_id, c.app_id, c.return_to, c.challenge, c.expires_at, c.used_at, a.creator_id, a.visibility
        from connect_codes c join apps a on a.id = c.app_id where c.hash = $1 for update of c`,
      values: [codeHash],
    })
    const [row] = rows
    if (!row) return null
    const now = ctx.clock.now()
    if (row.used_at !== null) {
      await client.query({
        name: 'revoke-token-of-code',
        text: 'update app_tokens set revoked_at = $2 where code_hash = $1 and revoked_at is null',
        values: [codeHash, now],
      })
      return null
    }
    // A code allows one attempt, right or wrong, so verifiers cannot be guessed.
    await client.query({
      name: 'use-connect-code',
      text: 'update connect_codes set used_at = $2 where hash = $1',
      values: [codeHash, now],
    })
    if (row.expires_at <= now || !fits(row, input)) return null
    if (!mayUseApp({ creatorId: row.creator_id, visibility: row.visibility }, row.account_id)) return null
    return insertToken(ctx, client, { accountId: row.account_id, appId: row.app_id }, codeHash)
  })
  if (made !== null) return made
  forgetAppTokens(ctx.pool)
  throw refusal()
}

type CodeRow = {
  account_id: string
  app_id: string
  return_to: string
  challenge: string
  expires_at: Date
  used_at: Date | null
  creator_id: string
  visibility: AppVisibility
}

function fits(row: CodeRow, { codeVerifier, returnTo }: ExchangeInput): boolean {
  if (!VERIFIER.test(codeVerifier) || !URL.canParse(returnTo)) return false
  const challenge = Buffer.from(hash('sha256', codeVerifier, 'base64url'))
  const expected = Buffer.from(row.challenge)
  return (
    challenge.length === expected.length &&
    timingSafeEqual(challenge, expected) &&
    new URL(returnTo).href === row.return_to
  )
}

/** Only a person can give consent. */
function requireUser(ctx: Context): string {
  if (ctx.caller.kind === 'user') return ctx.caller.userId
  if (ctx.caller.kind === 'nobody') throw new Unauthenticated()
  throw new Forbidden('Only a signed-in user can give consent.')
}

function checkedReturnTo(app: Pick<App, 'origins'>, returnTo: string): URL {
  const url = returnTo.length <= RETURN_TO_LENGTH_MAX && URL.canParse(returnTo) ? new URL(returnTo) : null
  // `blob:` and similar schemes report another URL's origin.
  const isPlain = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
  if (!isPlain || !app.origins.includes(url.origin))
    throw InvalidRequest.at('returnTo', "must be an address on one of the app's origins")
  return url
}

/** Throws `InvalidRequest` for a challenge that is not S256, because its code could never be exchanged. */
export function requireChallenge({
  codeChallenge,
  codeChallengeMethod,
}: Pick<GiveConsentInput, 'codeChallenge' | 'codeChallengeMethod'>): void {
  const errors: FieldError[] = []
  if (codeChallengeMethod !== 'S256') errors.push({ path: 'codeChallengeMethod', message: 'must be S256' })
  if (!CHALLENGE.test(codeChallenge))
    errors.push({ path: 'codeChallenge', message: 'must be a SHA-256 in base64url, 43 characters' })
  if (errors.length > 0) throw new InvalidRequest(errors)
}
