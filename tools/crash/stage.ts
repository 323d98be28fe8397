import { createKey } from '@/lib/auth/keys'
import { knowDefault } from '@/lib/catalogs/keep-default'
import { systemClock } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { migrate } from '@/lib/db/migrate'
import { createPool } from '@/lib/db/pool'
import { publicId } from '@/lib/ids'
import { createUser } from '@/lib/users/create-user'
import { DatabaseProcess, startServers } from './processes'

// This process works on a database that begins with the default catalogue.
knowDefault()

/** Overrides the tests' `APP_ENV`, because these servers run as in production. */
const PRODUCTION = { APP_ENV: '' }

/** A database with users, an app and a key, and a server for each build folder. */
export async function openStage(users: number, projects: readonly string[]) {
  const database = await DatabaseProcess.open()
  await migrate(database.url)
  const pool = createPool(database.url, { max: 4 })
  const ctx: Context = {
    pool,
    clock: systemClock,
    caller: { kind: 'system', name: 'crash' },
    requestId: 'crash',
  }
  const names: string[] = []
  for (let index = 0; index < users; index++) {
    const { id } = await createUser(ctx, {
      email: `crash-${index}@example.com`,
      name: null,
      externalId: null,
    })
    names.push(publicId('user', id))
  }
  const creator = await createUser(ctx, { email: 'creator@example.com', name: null, externalId: null })
  await pool.query({
    text: `insert into apps (id, creator_id, name, slug, visibility, created_at)
      values (gen_random_uuid(), $1, 'Crash', 'crash', 'public', $2)`,
    values: [creator.id, systemClock.now()],
  })
  const { secret } = await createKey(ctx, { name: 'crash test' })
  const servers = await startServers(database, projects, PRODUCTION)
  return { database, servers, pool, secret, users: names, creator: publicId('user', creator.id) }
}

export type Stage = Awaited<ReturnType<typeof openStage>>
