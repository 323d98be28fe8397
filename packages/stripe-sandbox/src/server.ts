import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { SandboxControl } from './control'
import { createStripeSandbox, type SandboxOptions, type StripeSandbox } from './sandbox'
import { createState, moved, readState, writeState } from './state-file'

export type StartOptions = Omit<SandboxOptions, 'baseUrl'> & {
  /** Defaults to a free port. */
  port?: number
  host?: string
  /** The file that keeps the state across restarts. Without it, the state is only in memory. */
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

/** How often the running sandbox checks for due renewals, late payments and retries. */
const TICK_MS = 2_000

/** Thrown if another process has created or replaced the state file first. */
export class StateFileTaken extends Error {
  override readonly name = 'StateFileTaken'
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

function end(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** Writes the state after every change until it is stopped, and then once more. */
function keepState(sandbox: StripeSandbox, file: string): () => void {
  let saving: NodeJS.Immediate | null = null
  let isOver = false
  const save = () => {
    saving = null
    writeState(file, sandbox.snapshot())
  }
  sandbox.onChange(() => {
    if (!isOver) saving ??= setImmediate(save)
  })
  return () => {
    isOver = true
    if (saving !== null) clearImmediate(saving)
    save()
  }
}

/**
 * Starts the sandbox as a separate server. For development and tests only, because it trusts every client that can reach it.
 */
export async function startStripeSandbox(options: StartOptions = {}): Promise<RunningStripeSandbox> {
  return serve(options)
}

/**
 * Listens, then reads the state: the process that has the address owns the state. `expected` is the address in the
 * state file, null if there is no file. Throws `StateFileTaken` if the file has changed.
 */
export async function serve(options: StartOptions, expected?: string | null): Promise<RunningStripeSandbox> {
  const { port: wanted = 0, host = '127.0.0.1', stateFile, ...rest } = options
  let answer: (request: Request) => Response | Promise<Response>
  let ready: () => void = () => undefined
  const started = new Promise<void>((resolve) => {
    ready = resolve
  })
  const listener = getRequestListener(async (request) => {
    await started
    return answer(request)
  })
  const server = createServer((request, response) => void listener(request, response))
  const port = await listen(server, wanted, host)
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  let sandbox: StripeSandbox
  let stopSaving = () => {}
  try {
    const kept = stateFile === undefined ? null : readState(stateFile)
    if (expected !== undefined && (kept?.baseUrl ?? null) !== expected) throw new StateFileTaken()
    sandbox = createStripeSandbox({
      ...rest,
      baseUrl: url,
      secretKey: rest.secretKey ?? kept?.secretKey,
      webhookSecret: rest.webhookSecret ?? kept?.webhookSecret,
    })
    if (kept !== null) sandbox.restore(moved(kept, url))
    if (stateFile !== undefined) {
      if (expected !== null) writeState(stateFile, sandbox.snapshot())
      else if (!createState(stateFile, sandbox.snapshot())) throw new StateFileTaken()
      stopSaving = keepState(sandbox, stateFile)
    }
  } catch (error) {
    await end(server)
    throw error
  }
  answer = (request) => sandbox.app.fetch(request)
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
      answer = () => new Response(null, { status: 503 })
      sandbox.control.resetFaults()
      // The state is written before the address is released, because the next process at that address reads it.
      stopSaving()
      await end(server)
    },
  }
}
