import type { Pool } from 'pg'
import type { Clock } from '@/lib/clock'
import { syncClock } from '@/lib/current-clock'
import { getPool } from '@/lib/db/pool'
import { getEnv } from '@/lib/env'

/** The API's dependencies, resolved per request so that importing the app opens no connection. */
export type ApiDeps = {
  pool(): Pool
  clock(): Clock | Promise<Clock>
  /** The product's public address. A cookie authorises changes only from its pages. */
  appUrl(): string
}

export const processDeps: ApiDeps = {
  pool: getPool,
  clock: () => syncClock(getPool()),
  appUrl: () => getEnv().appUrl,
}
