import path from 'node:path'
import { keptKey } from '@/lib/auth/kept-key'
import { type Env, getEnv } from '@/lib/env'
import { createCreditsClient } from './credits-client'
import { localModels } from './local/local-models'
import type { AiDeps } from './models'
import { openaiModels } from './openai-models'

/** About 60 words a second. */
const LOCAL_PACE_MS = 16

/**
 * The runtime of the sample apps and the editor: this platform's secret key and its AI. Null without a key, that is in
 * production without `SAMPLE_APPS_KEY`; the sample apps then answer 404.
 */
export async function sampleRuntime(env: Env = getEnv()): Promise<AiDeps | null> {
  const key =
    env.sampleAppsKey ??
    (env.isProduction ? null : await keptKey(path.join(env.dataDir, 'sample-apps-key'), 'Sample apps'))
  if (key === null) return null
  const local = localModels({ paceMs: LOCAL_PACE_MS })
  return {
    credits: createCreditsClient({ baseUrl: ownAddress(env), key }),
    models: env.openai === null ? local : openaiModels(env.openai, local),
  }
}

/** The URL of this process itself, regardless of any proxy in front of it. */
function ownAddress({ host, port }: Env): string {
  const isEverywhere = host === '0.0.0.0' || host === '::'
  const name = isEverywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}
