import type { Context } from '@/lib/context'
import type { Queryable } from '@/lib/credits/store/load-account'
import { getEnv } from '@/lib/env'
import { ConsentRequired } from '@/lib/errors'
import type { EventData } from '@/lib/event-types'
import { newUuid, publicId } from '@/lib/ids'
import { INTO_OUTBOX } from '@/lib/outbox'

/** The page that asks a user to allow an app. */
export function connectHref(appId: string): string {
  return `${getEnv().appUrl}/connect?app=${publicId('app', appId)}`
}

/** Records an account's consent for an app, with an event; repeating it changes nothing. */
export async function recordConsent(
  ctx: Pick<Context, 'clock'>,
  db: Queryable,
  { accountId, appId }: { accountId: string; appId: string },
): Promise<void> {
  await db.query({
    name: 'record-consent',
    text: `
      with given as (
        insert into app_consents as c (account_id, app_id, granted_at) values ($1, $2, $3)
        on conflict (account_id, app_id) do update set revoked_at = null, granted_at = excluded.granted_at
          where c.revoked_at is not null
        returning account_id, granted_at)
      ${INTO_OUTBOX} select account_id, $4::uuid, 'consent.given', $5::jsonb, granted_at from given`,
    values: [accountId, appId, ctx.clock.now(), newUuid(), consentData(appId)],
  })
}

/** The data of an event about a consent, as JSON. */
export function consentData(appId: string): string {
  return JSON.stringify({ app: publicId('app', appId) } satisfies EventData['consent.given'])
}

/** Returns true if an account's consent for an app stands. */
export async function hasConsent(
  db: Queryable,
  { accountId, appId }: { accountId: string; appId: string },
): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'has-consent',
    text: 'select 1 from app_consents where account_id = $1 and app_id = $2 and revoked_at is null',
    values: [accountId, appId],
  })
  return rowCount !== null && rowCount > 0
}

/** Throws `ConsentRequired` with the page that asks for consent. */
export async function requireConsent(
  db: Queryable,
  which: { accountId: string; appId: string },
): Promise<void> {
  if (!(await hasConsent(db, which))) throw new ConsentRequired(connectHref(which.appId))
}
