import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { type SharedStripeSandbox, shareStripeSandbox } from '@ai-credits/stripe-sandbox'
import { z } from 'zod'
import { syncCatalog } from '@/lib/billing/checkout/sync-catalog'
import { setStripeEndpoint } from '@/lib/billing/stripe-client'
import type { StripeEndpoint } from '@/lib/billing/stripe-endpoint'
import { onClockMoved, syncClock } from '@/lib/current-clock'
import { getPool } from '@/lib/db/pool'
import type { Env } from '@/lib/env'

const STATE_FILE = 'stripe.json'

/** Addresses that mean "every interface" cannot be called; this machine is one of them. */
const CALLABLE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }

/**
 * The Stripe of a process that was given none: the sandbox, kept over restarts in `DATA_DIR`, selling what the catalogue sells
 * and telling our own webhook. Its time is the product's. Processes with one `DATA_DIR` share it, and may start together.
 */
export async function startLocalStripe(env: Env): Promise<SharedStripeSandbox> {
  const host = CALLABLE[env.host] ?? env.host
  const sandbox = await shareStripeSandbox({
    webhookUrl: `http://${host}:${env.port}/api/webhooks/stripe`,
    stateFile: path.join(env.dataDir, STATE_FILE),
    clock: await syncClock(getPool()),
    syncClock: () => syncClock(getPool()),
    accountName: 'AI Credits (demo)',
  })
  const { url: apiUrl, secretKey, webhookSecret } = sandbox
  setStripeEndpoint({ secretKey, webhookSecret, apiUrl })
  await syncCatalog()
  onClockMoved(() => sandbox.settle())
  return sandbox
}

const kept = z.object({ baseUrl: z.string(), secretKey: z.string(), webhookSecret: z.string() })

/** For a command beside a running demo: where its sandbox is; null when there never was one. */
export function findLocalStripe(env: Env): StripeEndpoint | null {
  const file = path.join(env.dataDir, STATE_FILE)
  if (!existsSync(file)) return null
  const { baseUrl, secretKey, webhookSecret } = kept.parse(JSON.parse(readFileSync(file, 'utf8')))
  return { apiUrl: baseUrl, secretKey, webhookSecret }
}
