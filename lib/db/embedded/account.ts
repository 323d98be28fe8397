import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The operating system account that PostgreSQL runs as; null for this process's own account. */
export type Account = { name: string; uid: number; gid: number } | null

/** Tried in this order. A demo database creates no account on the machine. */
const CANDIDATES = ['postgres', 'nobody']

/** Chooses an existing account if this process is root, because PostgreSQL refuses to run as root. */
export function postgresAccount(): Account {
  if (process.getuid?.() !== 0) return null
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const name of CANDIDATES) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? []
    if (uid !== undefined && gid !== undefined) return { name, uid: Number(uid), gid: Number(gid) }
  }
  throw new Error(
    `PostgreSQL does not run as root and this machine has no account "${CANDIDATES.join('" or "')}": ` +
      'start as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.',
  )
}

/**
 * Spawn options that run a program as the account. The working directory is `/`, because the account may not enter the
 * current one. Environment settings of a PostgreSQL client (`PGDATA`, `PGPORT`, …) must not reach the server.
 */
export function asAccount(account: Account) {
  const env: NodeJS.ProcessEnv = { ...process.env, LC_ALL: 'C', TZ: 'UTC' }
  for (const name of Object.keys(env)) if (name.startsWith('PG')) delete env[name]
  return { cwd: '/', env, ...(account && { uid: account.uid, gid: account.gid }) }
}

/** True if the account can enter the directory. Asks the kernel, because ACLs and mounts matter besides modes. */
export function canEnter(account: Account, directory: string): boolean {
  if (account === null) return true
  const result = spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', directory], {
    ...asAccount(account),
    stdio: 'ignore',
  })
  return result.status === 0
}
