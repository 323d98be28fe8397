import { type FirstRunData, firstChargeCall } from '@/components/usage/first-run'
import { sampleRuntime } from '@/lib/ai/metered'
import { getViewer } from '@/lib/auth/viewer'
import { findOperation } from '@/lib/catalog'
import { catalogAt } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { publicId } from '@/lib/ids'
import { findFirstApp } from '@/lib/studio/find-first-app'

/** Suggested operations for a person who has not used any, each with its typical price. */
export async function firstRun(ctx: Context, accountId: string): Promise<FirstRunData> {
  const [runtime, app, viewer] = await Promise.all([sampleRuntime(), findFirstApp(ctx), getViewer()])
  const version = catalogAt(ctx.clock.now())
  const priceOf = (key: string) => findOperation(version, key)?.shownAs ?? null
  const hasAi = runtime !== null
  return {
    app:
      hasAi && app
        ? { name: app.design.name, href: `/apps/${app.slug}`, price: priceOf('ai.standard') }
        : null,
    editor: hasAi ? { price: priceOf('editor.chat.fast') } : null,
    call: viewer?.isStaff ? firstChargeCall(getEnv().appUrl, publicId('user', accountId)) : null,
  }
}
