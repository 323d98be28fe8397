import { type RunningStripeSandbox, type StartOptions, StateFileTaken, serve } from './server'
import { isCode, readState } from './state-file'

type ShareOptions = Omit<StartOptions, 'host' | 'port'> & { stateFile: string }

/** A sandbox used by several processes. One of them runs it, and another takes over when that one ends. */
export type SharedStripeSandbox = {
  /** The address, which is the same for all processes, even after a takeover. */
  url: string
  secretKey: string
  webhookSecret: string
  /** Returns true if the sandbox runs in this process. */
  isHost(): boolean
  /** Triggers everything that is due and waits until its events are delivered. */
  settle(): Promise<void>
  close(): Promise<void>
}

type Endpoint = Pick<SharedStripeSandbox, 'url' | 'secretKey' | 'webhookSecret'>

/** How often the other processes check that the sandbox still answers. */
const WATCH_MS = 1_000
const ANSWER_TIMEOUT_MS = 5_000

/** The id of the account that answers at an address, or null. */
async function accountAt(url: string): Promise<string | null> {
  try {
    const response = await fetch(`${url}/_sandbox/account`, {
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    })
    const body: unknown = await response.json()
    return typeof body === 'object' && body !== null && 'id' in body ? String(body.id) : null
  } catch {
    return null
  }
}

/** Runs the sandbox of the state file at its address. Returns null if it already runs there. */
async function host(options: ShareOptions): Promise<RunningStripeSandbox | null> {
  for (;;) {
    const kept = readState(options.stateFile)
    const expected = kept?.baseUrl ?? null
    try {
      if (kept === null) return await serve(options, expected)
      const running = await serveAt(options, kept.baseUrl)
      if (running !== null) return running
      const account = await accountAt(kept.baseUrl)
      if (account !== null && account === readState(options.stateFile)?.account.id) return null
      // Another program uses the address.
      return await serve(options, expected)
    } catch (error) {
      if (!(error instanceof StateFileTaken)) throw error
    }
  }
}

/** Runs the sandbox at the address in its state file. Returns null if the address is in use. */
async function serveAt(options: ShareOptions, url: string): Promise<RunningStripeSandbox | null> {
  try {
    return await serve({ ...options, port: Number(new URL(url).port) }, url)
  } catch (error) {
    if (isCode(error, 'EADDRINUSE')) return null
    throw error
  }
}

function endpointIn(stateFile: string): Endpoint {
  const kept = readState(stateFile)
  if (kept === null) throw new Error(`${stateFile} no longer exists`)
  return { url: kept.baseUrl, secretKey: kept.secretKey, webhookSecret: kept.webhookSecret }
}

/**
 * Runs the sandbox of a state file, or joins the process that runs it. If several processes start together, the one that
 * listens at the address owns the state; the others call it, and one of them takes over when it ends.
 */
export async function shareStripeSandbox(options: ShareOptions): Promise<SharedStripeSandbox> {
  let running = await host(options)
  const endpoint: Endpoint = running ?? endpointIn(options.stateFile)
  let isOver = false
  let looking: Promise<void> | null = null
  const look = async () => {
    if (running !== null || (await accountAt(endpoint.url)) !== null || isOver) return
    running = await serveAt(options, endpoint.url)
  }
  const watchOver = (): Promise<void> => {
    looking ??= look()
      .catch((error) => console.error('stripe sandbox: cannot take over', error))
      .finally(() => {
        looking = null
      })
    return looking
  }
  const watch = setInterval(watchOver, WATCH_MS)
  watch.unref()
  const settle = () =>
    fetch(`${endpoint.url}/_sandbox/settle`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })

  return {
    url: endpoint.url,
    secretKey: endpoint.secretKey,
    webhookSecret: endpoint.webhookSecret,
    isHost: () => running !== null,
    settle: async () => {
      // The process that ran the sandbox may have just ended.
      await settle().catch(() => watchOver().then(settle))
    },
    close: async () => {
      isOver = true
      clearInterval(watch)
      await looking
      await running?.close()
    },
  }
}
