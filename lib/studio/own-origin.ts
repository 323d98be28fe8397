import { APP_ORIGINS_MAX } from '@/lib/apps/app'
import { updateApp } from '@/lib/apps/update-app'
import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { publicId } from '@/lib/ids'
import type { StudioApp } from './studio-app'

/** An app's origins with this site's first, so that it stays even if the list is full. */
export function withOwnOrigin(origins: string[]): string[] {
  const { origin } = new URL(getEnv().appUrl)
  const others = origins.filter((other) => other !== origin)
  // If the list is full, the oldest origins are dropped.
  return [origin, ...others.slice(-(APP_ORIGINS_MAX - 1))]
}

/** Lets consent for an app of this site return to the site's current URL, which may have changed since publishing. */
export async function nameOwnOrigin(ctx: Context, app: StudioApp): Promise<void> {
  if (app.origins.includes(new URL(getEnv().appUrl).origin)) return
  const product: Context = { ...ctx, caller: { kind: 'system', name: 'studio' } }
  await updateApp(product, { app: publicId('app', app.id), origins: withOwnOrigin(app.origins) })
}
