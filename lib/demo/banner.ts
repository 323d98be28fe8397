import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { createKey, findKey } from '@/lib/auth/keys'
import { currentClock } from '@/lib/current-clock'
import { getPool } from '@/lib/db/pool'
import { getEnv } from '@/lib/env'
import { DEMO_PEOPLE } from './people'

const KEY_FILE = 'demo-key'
/** Whom the first call is made for: nothing has happened to them yet, so its effect is plain to see. */
const FIRST_USER = DEMO_PEOPLE[3]

/**
 * The demo's own secret key, kept in a file only its owner can read, so that every start prints the same. A key that was
 * revoked, or belongs to a database that is gone, is replaced.
 */
export async function demoKey(dataDir: string): Promise<string> {
  const scope = { pool: getPool(), clock: currentClock() }
  const file = path.join(dataDir, KEY_FILE)
  if (existsSync(file)) {
    const kept = readFileSync(file, 'utf8').trim()
    if ((await findKey(scope, kept)) !== null) return kept
  }
  const { secret } = await createKey(scope, { name: 'Demo' })
  const partial = `${file}.new-${process.pid}`
  writeFileSync(partial, secret, { mode: 0o600 })
  renameSync(partial, file)
  return secret
}

/** What the demo prints below its address: how to sign in as each person, and a call that meters a first operation. */
export async function demoBanner(address: string): Promise<string> {
  const key = await demoKey(getEnv().dataDir)
  const people = DEMO_PEOPLE.map(({ name, about }) => `    ${name.padEnd(6)}${about}`)
  const body = JSON.stringify({ user: FIRST_USER.externalId, operation: 'web.extract', usage: { pages: 3 } })
  return [
    `  Sign in at ${address}/signin: choose one of`,
    ...people,
    '',
    `  Meter a first operation, and watch ${FIRST_USER.name}’s balance go from 1,000 to 976:`,
    '',
    `    curl ${address}/api/v1/charges \\`,
    `      -H 'Authorization: Bearer ${key}' \\`,
    `      -H "Idempotency-Key: first-$(date +%s)" \\`,
    `      -H 'Content-Type: application/json' \\`,
    `      -d '${body}'`,
    '',
  ].join('\n')
}
