import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/**
 * A random secret that is made once and outlives restarts, in a file only its owner can read. Written aside and linked
 * into place: of two processes that make it at the same moment one wins, and nobody ever reads half a secret.
 */
export function keptSecret(file: string, bytes: number): string {
  const existing = readIfThere(file)
  if (existing !== null) return existing
  mkdirSync(path.dirname(file), { recursive: true })
  const partial = `${file}.new-${process.pid}`
  writeFileSync(partial, randomBytes(bytes).toString('hex'), { mode: 0o600 })
  try {
    linkSync(partial, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    rmSync(partial, { force: true })
  }
  return readFileSync(file, 'utf8')
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
