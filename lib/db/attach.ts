import { getEnv } from '@/lib/env'
import { openEmbedded } from './embedded'
import { migrate } from './migrate'
import { closePool, databaseUrl, setDatabaseUrl } from './pool'
import { closePrisma } from './prisma'

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
    return await command()
  } finally {
    await closePrisma()
    await closePool()
    await embedded?.release()
  }
}
