import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { currentClock } from '@/lib/current-clock'
import { getPool } from '@/lib/db/pool'
import { createKey, findKey } from './keys'

/**
 * The product's own secret key, kept in a file that only its owner can read, so that every start uses the same key. A key
 * that is revoked or unknown to the database is replaced.
 */
export async function keptKey(file: string, name: string): Promise<string> {
  const scope = { pool: getPool(), clock: currentClock() }
  if (existsSync(file)) {
    const kept = readFileSync(file, 'utf8').trim()
    if ((await findKey(scope, kept)) !== null) return kept
  }
  const { secret } = await createKey(scope, { name })
  const partial = `${file}.new-${process.pid}`
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(partial, secret, { mode: 0o600 })
  renameSync(partial, file)
  return secret
}
