/** `npm run dev`: the server from its sources, restarted when `lib` changes; pages reload automatically. */
import { spawn } from 'node:child_process'
import path from 'node:path'
import { ensureClient } from './build.mjs'

const root = path.resolve(import.meta.dirname, '..')
process.chdir(root)
await ensureClient()
const tsx = path.join(root, 'node_modules/tsx/dist/cli.mjs')
const child = spawn(
  process.execPath,
  [
    tsx,
    'watch',
    '--clear-screen=false',
    '--include',
    'lib/credits/sql/*.sql',
    '--exclude',
    'app/**',
    '--exclude',
    'components/**',
    'server.ts',
  ],
  {
    env: { ...process.env, NODE_ENV: 'development', NEXT_TELEMETRY_DISABLED: '1' },
    stdio: 'inherit',
  },
)
// Ctrl-C in the terminal reaches the child directly; this process only waits for it to end.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('exit', (code) => {
  process.exitCode = code ?? 0
})
