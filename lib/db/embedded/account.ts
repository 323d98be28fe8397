import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The operating system account PostgreSQL runs as; null: the account of this process. */
export type Account = { name: string; uid: number; gid: number } | null

/** In this order; no account is created on the machine for the sake of a demo database. */
const CANDIDATES = ['postgres', 'nobody']

/** PostgreSQL refuses to run as root, so root lends it another account that exists on the machine. */
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
 * Spawn options that run a program as the account. The working directory is `/`: the current one may be closed to it.
 * Settings of a PostgreSQL client (`PGDATA`, `PGPORT`, …) must not leak into our server.
 */
export function asAccount(account: Account) {
  const env: NodeJS.ProcessEnv = { ...process.env, LC_ALL: 'C', TZ: 'UTC' }
  for (const name of Object.keys(env)) if (name.startsWith('PG')) delete env[name]
  return { cwd: '/', env, ...(account && { uid: account.uid, gid: account.gid }) }
}

/** Whether the account can enter the directory: asked of the kernel, since modes alone do not tell (ACLs, mounts). */
export function canEnter(account: Account, directory: string): boolean {
  if (account === null) return true
  const result = spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', directory], {
    ...asAccount(account),
    stdio: 'ignore',
  })
  return result.status === 0
}
