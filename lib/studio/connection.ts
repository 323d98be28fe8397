import type { Context } from '@/lib/context'
import { requirePerson } from './project'
import { seal, unseal } from './seal'

/** A token is renewed this long before it expires, so that no use starts with a token about to expire. */
const RENEW_BEFORE_MS = 60_000

type Connection = { appId: string; token: string; expiresAt: Date }

/** Stores the app token of the signed-in person, replacing the previous one. */
export async function keepConnection(ctx: Context, { appId, token, expiresAt }: Connection): Promise<void> {
  const accountId = requirePerson(ctx)
  await ctx.pool.query({
    name: 'keep-studio-connection',
    text: `
      insert into studio_connections (account_id, app_id, sealed_token, expires_at) values ($1, $2, $3, $4)
      on conflict (account_id, app_id) do update
      set sealed_token = excluded.sealed_token, expires_at = excluded.expires_at`,
    values: [accountId, appId, seal('token', boundTo(accountId, appId), token), expiresAt],
  })
}

/** The app's token for the signed-in person; null if there is none or it expires soon. */
export async function findConnection(ctx: Context, appId: string): Promise<string | null> {
  const accountId = requirePerson(ctx)
  const { rows } = await ctx.pool.query<{ sealed_token: string; expires_at: Date }>({
    name: 'find-studio-connection',
    text: 'select sealed_token, expires_at from studio_connections where account_id = $1 and app_id = $2',
    values: [accountId, appId],
  })
  const [row] = rows
  if (!row || row.expires_at.getTime() - RENEW_BEFORE_MS <= ctx.clock.now().getTime()) return null
  return unseal('token', boundTo(accountId, appId), row.sealed_token)
}

function boundTo(accountId: string, appId: string): string {
  return `${accountId}:${appId}`
}
