import type pg from 'pg'

/**
 * How far the demo's data is, kept as the comment on the database: it is changed atomically, needs no table of its own
 * and disappears together with the database.
 */
const SEEDING = 'ai-credits: seeding'
const SEEDED = 'ai-credits: seeded'

/**
 * Creates the database when there is none. The web server, of which there is one, also throws away a database whose
 * seeding was cut off half-way; a command could be attached to a seeding that is still going on.
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
    // Two processes at their first start: duplicate_database, or the unique index behind it.
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== '42P04' && code !== '23505') throw error
  })
}

/** Runs `seed` unless it ran to its end before. */
export async function seedOnce(session: pg.Client, name: string, seed: () => Promise<void>): Promise<void> {
  if ((await commentOn(session, name)) === SEEDED) return
  await session.query(`COMMENT ON DATABASE ${name} IS '${SEEDING}'`)
  await seed()
  await session.query(`COMMENT ON DATABASE ${name} IS '${SEEDED}'`)
}

/** Undefined: no such database. Null: no comment. */
async function commentOn(session: pg.Client, name: string): Promise<string | null | undefined> {
  const { rows } = await session.query<{ comment: string | null }>(
    "SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = $1",
    [name],
  )
  return rows[0]?.comment
}
