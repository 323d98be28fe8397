import type { Pool } from 'pg'
import type { Clock } from '@/lib/clock'
import { syncClock } from '@/lib/current-clock'
import { getPool } from '@/lib/db/pool'
import { getEnv } from '@/lib/env'

/** What the API needs of its process. Asked for with each request, so that nothing is opened by importing the app. */
export type ApiDeps = {
  pool(): Pool
  clock(): Clock | Promise<Clock>
  /** Where people open the product; a cookie counts only for changes sent from there. */
  appUrl(): string
}

export const processDeps: ApiDeps = {
  pool: getPool,
  clock: () => syncClock(getPool()),
  appUrl: () => getEnv().appUrl,
}
