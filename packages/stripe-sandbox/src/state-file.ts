import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseSnapshot, type Snapshot } from './core/snapshot'

/** Reads the stored state; null if there is no file. Throws if the file is unreadable. */
export function readState(file: string): Snapshot | null {
  if (!existsSync(file)) return null
  try {
    return parseSnapshot(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`The Stripe sandbox cannot read ${file}; delete it to start with an empty account.`, {
      cause: error,
    })
  }
}

/** Rewrites the links in the stored objects to the sandbox's new URL. */
export function moved(snapshot: Snapshot, url: string): Snapshot {
  if (snapshot.baseUrl === url) return snapshot
  return parseSnapshot(JSON.stringify(snapshot).replaceAll(`${snapshot.baseUrl}/`, `${url}/`))
}

function writeBeside(file: string, snapshot: Snapshot): string {
  mkdirSync(dirname(file), { recursive: true })
  const temporary = `${file}.${process.pid}.tmp`
  writeFileSync(temporary, JSON.stringify(snapshot), { mode: 0o600 })
  return temporary
}

/** Writes a temporary file and renames it, so that a crash leaves either the old state or the new one. */
export function writeState(file: string, snapshot: Snapshot): void {
  renameSync(writeBeside(file, snapshot), file)
}

/** Returns false if another process has created the file, which is then left unchanged. */
export function createState(file: string, snapshot: Snapshot): boolean {
  const temporary = writeBeside(file, snapshot)
  try {
    linkSync(temporary, file)
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  } finally {
    rmSync(temporary)
  }
}

export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
