import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type SharedStripeSandbox, type StripeSandbox, shareStripeSandbox } from '@ai-credits/stripe-sandbox'
import { z } from 'zod'
import { syncCatalog } from '@/lib/billing/checkout/sync-catalog'
import { setStripeEndpoint } from '@/lib/billing/stripe-client'
import type { StripeEndpoint } from '@/lib/billing/stripe-endpoint'
import { currentCatalog } from '@/lib/catalogs/current'
import { onClockMoved, syncClock } from '@/lib/current-clock'
import { getPool } from '@/lib/db/pool'
import type { Env } from '@/lib/env'

const STATE_FILE = 'stripe.json'

/** Clients cannot connect to a wildcard address, so the loopback address replaces it. */
const CALLABLE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }

/**
 * Starts the Stripe of a process that has none configured: the sandbox, which keeps its state in `DATA_DIR`, sells the
 * catalogue, calls the product's webhook and follows the product's clock. Processes with the same `DATA_DIR` share it and
 * may start together.
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
  await syncCatalog(currentCatalog())
  onClockMoved(() => sandbox.settle())
  return sandbox
}

/** Saves a state from which `startLocalStripe` continues, replacing any existing one. */
export function keepLocalStripe(env: Env, state: ReturnType<StripeSandbox['snapshot']>): void {
  const file = path.join(env.dataDir, STATE_FILE)
  // Renamed into place, so that a crash leaves either the old or the new state.
  writeFileSync(`${file}.tmp`, JSON.stringify(state), { mode: 0o600 })
  renameSync(`${file}.tmp`, file)
}

const kept = z.object({ baseUrl: z.string(), secretKey: z.string(), webhookSecret: z.string() })

/** The sandbox of a running demo, for commands run alongside it; null if it never had one. */
export function findLocalStripe({ dataDir }: Pick<Env, 'dataDir'>): StripeEndpoint | null {
  const file = path.join(dataDir, STATE_FILE)
  if (!existsSync(file)) return null
  const { baseUrl, secretKey, webhookSecret } = kept.parse(JSON.parse(readFileSync(file, 'utf8')))
  return { apiUrl: baseUrl, secretKey, webhookSecret }
}
