/**
 * `npm start`: builds if the build is stale, then becomes the server. It stays one process, so that a signal reaches the
 * server itself and no process is left behind.
 */
import { createServer } from 'node:net'
import path from 'node:path'
import { ensureBuilt } from './build.mjs'

const NODE_VERSION_MIN = [20, 19]

function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  const [majorMin, minorMin] = NODE_VERSION_MIN
  if (major < majorMin || (major === majorMin && minor < minorMin))
    fail(`Node ${NODE_VERSION_MIN.join('.')} or newer is needed; this is ${process.versions.node}.`)
}

/** Checked before the build, which may take a minute; the server checks again when it listens. */
async function requireFreePort() {
  const port = Number(process.env.PORT || 3000)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    fail(`PORT must be a number from 1 to 65535, not "${process.env.PORT}".`)
  await new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', (error) => {
      if (error.code === 'EADDRINUSE')
        fail(`Port ${port} is already in use: stop the program that uses it, or set PORT to another one.`)
      fail(`Port ${port} cannot be used (${error.code}): set PORT to another one.`)
    })
    probe.listen(port, process.env.HOST || '127.0.0.1', () => probe.close(resolve))
  })
}

process.chdir(path.resolve(import.meta.dirname, '..'))
process.env.NODE_ENV = 'production'
process.env.NEXT_TELEMETRY_DISABLED = '1'
process.setSourceMapsEnabled(true)
requireNode()
await requireFreePort()
try {
  await ensureBuilt(() => console.log('Building (needed at the first start and after changes) …'))
} catch (error) {
  fail(error.message)
}
await import('../dist/server.mjs')
