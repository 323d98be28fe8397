import { APP_ORIGINS_MAX } from '@/lib/apps/app'
import { updateApp } from '@/lib/apps/update-app'
import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { publicId } from '@/lib/ids'
import type { StudioApp } from './studio-app'

/** The origins of an app with the one of this site among them: first, for it stays also where there is no room for all. */
export function withOwnOrigin(origins: string[]): string[] {
  const { origin } = new URL(getEnv().appUrl)
  const others = origins.filter((other) => other !== origin)
  // The ones named last are those people care about most.
  return [origin, ...others.slice(-(APP_ORIGINS_MAX - 1))]
}

/** Lets consent to an app of this site return to where this site is now: its address may have changed since it was published. */
export async function nameOwnOrigin(ctx: Context, app: StudioApp): Promise<void> {
  if (app.origins.includes(new URL(getEnv().appUrl).origin)) return
  const product: Context = { ...ctx, caller: { kind: 'system', name: 'studio' } }
  await updateApp(product, { app: publicId('app', app.id), origins: withOwnOrigin(app.origins) })
}
