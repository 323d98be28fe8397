import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/**
 * A random secret, generated once and stored in a file that only its owner can read. It is written to a temporary file and
 * then linked: if two processes generate it at the same time, one wins, and no process reads a partial secret.
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
