import { updateApp } from '@/lib/apps/update-app'
import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { publicId } from '@/lib/ids'
import type { StudioApp } from './studio-app'

/** Lets consent to an app of this site return to where this site is now: its address may have changed since it was published. */
export async function nameOwnOrigin(ctx: Context, app: StudioApp): Promise<void> {
  const { origin } = new URL(getEnv().appUrl)
  if (app.origins.includes(origin)) return
  const product: Context = { ...ctx, caller: { kind: 'system', name: 'studio' } }
  await updateApp(product, { app: publicId('app', app.id), origins: [origin] })
}
