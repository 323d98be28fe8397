import { openCatalogs } from '@/lib/catalogs/follow'
import { syncClock } from '@/lib/current-clock'
import { openEmbedded } from '@/lib/db/embedded'
import { migrate } from '@/lib/db/migrate'
import { closePool, databaseUrl, getPool, setDatabaseUrl } from '@/lib/db/pool'
import { closePrisma } from '@/lib/db/prisma'
import { getEnv } from '@/lib/env'

/**
 * Runs a command against the server's database: `DATABASE_URL` or the embedded one, which is started for the command if no
 * server runs. The command can use `getPool` and `getPrisma`; everything is closed afterwards.
 */
export async function withDatabase<T>(command: () => Promise<T>): Promise<T> {
  const env = getEnv()
  const embedded = env.databaseUrl ? null : await openEmbedded(env.dataDir, 'command')
  try {
    if (embedded) setDatabaseUrl(embedded.url)
    await migrate(databaseUrl())
    await syncClock(getPool())
    await openCatalogs(getPool())
    return await command()
  } finally {
    await closePrisma()
    await closePool()
    await embedded?.release()
  }
}
