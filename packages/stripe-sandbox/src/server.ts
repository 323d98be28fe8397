import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { dirname } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import type { SandboxControl } from './control'
import { parseSnapshot, type Snapshot } from './core/snapshot'
import { createStripeSandbox, type SandboxOptions } from './sandbox'

export type StartOptions = Omit<SandboxOptions, 'baseUrl'> & {
  /** A free one when left out. */
  port?: number
  host?: string
  /** Where customers, subscriptions and the rest are kept over a restart; in memory only when left out. */
  stateFile?: string
}

export type RunningStripeSandbox = {
  url: string
  port: number
  secretKey: string
  webhookSecret: string
  control: SandboxControl
  close(): Promise<void>
}

/** How often the running sandbox looks whether something fell due: renewals, late payments, retried events. */
const TICK_MS = 2_000

function readState(file: string | undefined): Snapshot | null {
  if (file === undefined || !existsSync(file)) return null
  try {
    return parseSnapshot(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`The Stripe sandbox cannot read ${file}; delete it to start afresh.`, { cause: error })
  }
}

/** Links in the kept objects follow the sandbox to its new address. */
function moved(snapshot: Snapshot, url: string): Snapshot {
  if (snapshot.baseUrl === url) return snapshot
  return parseSnapshot(JSON.stringify(snapshot).replaceAll(`${snapshot.baseUrl}/`, `${url}/`))
}

/** Writes beside the file and renames, so that a crash leaves the old state or the new one. */
function writeState(file: string, snapshot: Snapshot): void {
  mkdirSync(dirname(file), { recursive: true })
  const temporary = `${file}.${process.pid}.tmp`
  writeFileSync(temporary, JSON.stringify(snapshot), { mode: 0o600 })
  renameSync(temporary, file)
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

/** Starts the sandbox as a server of its own. Development and tests only: it believes everyone who reaches it. */
export async function startStripeSandbox(options: StartOptions = {}): Promise<RunningStripeSandbox> {
  const { port: wanted = 0, host = '127.0.0.1', stateFile, ...rest } = options
  const kept = readState(stateFile)
  const sandbox = createStripeSandbox({
    ...rest,
    secretKey: rest.secretKey ?? kept?.secretKey,
    webhookSecret: rest.webhookSecret ?? kept?.webhookSecret,
  })
  let ready: () => void = () => undefined
  const started = new Promise<void>((resolve) => {
    ready = resolve
  })
  const listener = getRequestListener(async (request) => {
    await started
    return sandbox.app.fetch(request)
  })
  const server = createServer((request, response) => void listener(request, response))
  const port = await listen(server, wanted, host)
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  sandbox.setBaseUrl(url)
  if (kept !== null) sandbox.restore(moved(kept, url))

  let saving: NodeJS.Immediate | null = null
  const save = () => {
    saving = null
    if (stateFile !== undefined) writeState(stateFile, sandbox.snapshot())
  }
  if (stateFile !== undefined) {
    sandbox.onChange(() => {
      saving ??= setImmediate(save)
    })
    save()
  }
  const tick = setInterval(() => sandbox.control.settle(), TICK_MS)
  tick.unref()
  ready()

  return {
    url,
    port,
    secretKey: sandbox.secretKey,
    webhookSecret: sandbox.webhookSecret,
    control: sandbox.control,
    close: async () => {
      clearInterval(tick)
      sandbox.control.resetFaults()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      if (saving !== null) clearImmediate(saving)
      save()
    },
  }
}
