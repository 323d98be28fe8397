import { parseArgs } from 'node:util'
import { createKey, listKeys, revokeKey, type SecretKey } from '@/lib/auth/keys'
import { syncClock } from '@/lib/current-clock'
import { getPool } from '@/lib/db/pool'
import { SetupError } from '@/lib/env'
import { DomainError } from '@/lib/errors'
import { parsePublicId, publicId } from '@/lib/ids'
import { withDatabase } from './with-database'

const USAGE = `Manages the secret keys of your servers.

  npm run -s keys -- create --name NAME      prints the new key, once
  npm run -s keys -- list
  npm run -s keys -- revoke --prefix sk_…    or --id key_…
`

/** Thrown if the arguments are not a command; the usage text is printed. */
class UsageError extends Error {}

function read(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: { name: { type: 'string' }, prefix: { type: 'string' }, id: { type: 'string' } },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

type Command = () => Promise<string>

function commandOf(argv: string[]): Command {
  const { positionals, values } = read(argv)
  const [command, ...others] = positionals
  if (others.length > 0) throw new UsageError(`Unexpected: ${others.join(' ')}`)
  switch (command) {
    case 'create': {
      const { name } = values
      if (name === undefined) throw new UsageError('--name is missing')
      return async () => (await createKey(await scope(), { name })).secret
    }
    case 'list':
      return async () => (await listKeys(await scope())).map(lineOf).join('\n')
    case 'revoke': {
      const which = whichOf(values)
      return async () => lineOf(await revokeKey(await scope(), which))
    }
    default:
      throw new UsageError(command === undefined ? '' : `Not a command: ${command}`)
  }
}

function whichOf({ id, prefix }: { id?: string | undefined; prefix?: string | undefined }) {
  if (prefix !== undefined && id === undefined) return { prefix }
  if (id === undefined || prefix !== undefined) throw new UsageError('Either --prefix or --id is needed')
  const uuid = parsePublicId('key', id)
  if (uuid === null) throw new UsageError(`Not the id of a key: ${id}`)
  return { id: uuid }
}

async function scope() {
  const pool = getPool()
  return { pool, clock: await syncClock(pool) }
}

function lineOf(key: SecretKey): string {
  const used = key.lastUsedAt === null ? 'never used' : `last used ${key.lastUsedAt.toISOString()}`
  const state = key.revokedAt === null ? 'live' : `revoked ${key.revokedAt.toISOString()}`
  const facts = [key.prefix, key.name, `created ${key.createdAt.toISOString()}`, used, state]
  return [publicId('key', key.id), ...facts].join('\t')
}

try {
  const output = await withDatabase(commandOf(process.argv.slice(2)))
  if (output !== '') console.log(output)
} catch (error) {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${USAGE}`.trimStart())
  else if (error instanceof DomainError || error instanceof SetupError) console.error(error.message)
  else console.error(error)
  process.exitCode = 1
}
