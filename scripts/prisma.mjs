/**
 * The Prisma CLI as this project runs it: `node scripts/prisma.mjs <arguments>`, or `npm run prisma -- <arguments>`.
 * Plain JavaScript, because `npm start` needs it before anything is built.
 */
import { spawn } from 'node:child_process'
import { accessSync, constants, readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = path.resolve(import.meta.dirname, '..')

/** The path of the native engine after a successful download by `@prisma/engines`. */
function nativeEngineExists() {
  const folder = path.join(root, 'node_modules/@prisma/engines')
  const file = readdirSync(folder).find((name) => name.startsWith('schema-engine-') && !name.endsWith('.gz'))
  if (file === undefined) return false
  try {
    accessSync(path.join(folder, file), constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The CLI's environment: no network except for the database, no advertising, and an engine that exists. */
export function prismaEnvironment() {
  const environment = { ...process.env, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' }
  if (!environment.PRISMA_SCHEMA_ENGINE_BINARY && !nativeEngineExists())
    environment.PRISMA_SCHEMA_ENGINE_BINARY = fileURLToPath(new URL('./schema-engine.mjs', import.meta.url))
  return environment
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const cli = path.join(root, 'node_modules/prisma/build/index.js')
  const child = spawn(process.execPath, [cli, ...process.argv.slice(2)], {
    cwd: root,
    env: prismaEnvironment(),
    stdio: 'inherit',
  })
  child.on('exit', (code, signal) => {
    process.exitCode = signal ? 1 : (code ?? 1)
  })
}
