import type pg from 'pg'

/**
 * The progress of seeding the demo's data, stored as the comment on the database: it changes atomically, needs no table and
 * disappears with the database.
 */
const SEEDING = 'ai-credits: seeding'
const SEEDED = 'ai-credits: seeded'

/**
 * Creates the database if it does not exist. The single web server also drops a database whose seeding was interrupted; a
 * command does not, because the seeding may still be running.
 */
export async function ensureDatabase(
  session: pg.Client,
  name: string,
  discardHalfSeeded: boolean,
): Promise<void> {
  let comment = await commentOn(session, name)
  if (comment === SEEDING && discardHalfSeeded) {
    await session.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    comment = undefined
  }
  if (comment !== undefined) return
  await session.query(`CREATE DATABASE ${name}`).catch((error: unknown) => {
    // Two concurrent first starts: duplicate_database or a violation of its unique index.
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== '42P04' && code !== '23505') throw error
  })
}

/** Runs `seed` unless an earlier run completed. */
export async function seedOnce(session: pg.Client, name: string, seed: () => Promise<void>): Promise<void> {
  if ((await commentOn(session, name)) === SEEDED) return
  await session.query(`COMMENT ON DATABASE ${name} IS '${SEEDING}'`)
  await seed()
  await session.query(`COMMENT ON DATABASE ${name} IS '${SEEDED}'`)
}

/** Undefined if there is no such database, null if it has no comment. */
async function commentOn(session: pg.Client, name: string): Promise<string | null | undefined> {
  const { rows } = await session.query<{ comment: string | null }>(
    "SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = $1",
    [name],
  )
  return rows[0]?.comment
}
