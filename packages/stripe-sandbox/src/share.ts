import { type RunningStripeSandbox, type StartOptions, StateFileTaken, serve } from './server'
import { isCode, readState } from './state-file'

type ShareOptions = Omit<StartOptions, 'host' | 'port'> & { stateFile: string }

/** A Stripe that several processes use: one of them runs it, and when that one ends, another takes over. */
export type SharedStripeSandbox = {
  /** The same for all processes, and after a change of the one that runs it. */
  url: string
  secretKey: string
  webhookSecret: string
  /** Whether it runs in this process. */
  isHost(): boolean
  /** Plays what has fallen due by now, and waits until its events are delivered. */
  settle(): Promise<void>
  close(): Promise<void>
}

type Endpoint = Pick<SharedStripeSandbox, 'url' | 'secretKey' | 'webhookSecret'>

/** How often a process that does not run the sandbox looks whether it still answers. */
const WATCH_MS = 1_000
const ANSWER_TIMEOUT_MS = 5_000

/** Who answers at an address: the id of the account there, or null. */
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

/** Runs the sandbox of the state file at its address; null when it runs there already. */
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
      // Somebody else's program has the address.
      return await serve(options, expected)
    } catch (error) {
      if (!(error instanceof StateFileTaken)) throw error
    }
  }
}

/** Runs the sandbox at the address in its state file; null when the address is taken. */
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
  if (kept === null) throw new Error(`${stateFile} is gone`)
  return { url: kept.baseUrl, secretKey: kept.secretKey, webhookSecret: kept.webhookSecret }
}

/**
 * Runs the Stripe of a state file, or joins the process that runs it. Processes may start together: the one that listens at
 * the address has the state, all others call it, and take over within a moment when it ends.
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
      // The process that ran it may just have ended.
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
