import http from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import { isPublic, type Network, parseAddress, RefusedAddress, resolveAddress } from './addresses'

/** The time an endpoint has for its whole response. */
export const ANSWER_MS_MAX = 10_000
/** The rest of a response is not read, because its status is enough. */
export const ANSWER_BYTES_MAX = 64 * 1024

/** `status` is null without an answer; `problem` is null if the endpoint has the event. */
export type Answer = { status: number | null; problem: string | null }

type Message = { headers: Record<string, string>; body: string }

/**
 * Posts a message and returns how it was answered; never throws. The address is checked again: before, after its name is
 * resolved, and once connected. Redirects are not followed.
 */
export async function post(
  address: string,
  message: Message,
  network: Network,
  answerMsMax = ANSWER_MS_MAX,
): Promise<Answer> {
  try {
    const status = await send(parseAddress(address, network), message, { network, answerMsMax })
    const isDone = status >= 200 && status < 300
    return { status, problem: isDone ? null : 'STATUS' }
  } catch (error) {
    return { status: null, problem: problemOf(error) }
  }
}

const CODE = /^[A-Z][A-Z0-9_]{0,39}$/

/** A short code: Node's own, such as `ECONNREFUSED`, or `TIMEOUT`. */
function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return 'ERROR'
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'TIMEOUT'
  const code = 'code' in error ? String(error.code) : ''
  return CODE.test(code) ? code : 'ERROR'
}

type Limits = { network: Network; answerMsMax: number }

function send(url: URL, { headers, body }: Message, { network, answerMsMax }: Limits): Promise<number> {
  const lookup: LookupFunction = (hostname, options, callback) => {
    resolveAddress(hostname, network).then(
      (found) => {
        if (options.all) callback(null, found)
        else callback(null, found[0]?.address ?? '', found[0]?.family)
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    )
  }
  return new Promise((resolve, reject) => {
    const { request } = url.protocol === 'https:' ? https : http
    // Without an agent, no connection is kept: each one is resolved and checked.
    const call = request(url, {
      method: 'POST',
      agent: false,
      lookup,
      signal: AbortSignal.timeout(answerMsMax),
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    })
    call.once('socket', (socket) =>
      socket.once('connect', () => {
        const { remoteAddress } = socket
        if (!network.allowsPrivate && !(remoteAddress !== undefined && isPublic(remoteAddress)))
          socket.destroy(new RefusedAddress('led to a private one'))
      }),
    )
    call.once('error', reject)
    call.once('response', (response) => {
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > ANSWER_BYTES_MAX) {
          resolve(response.statusCode ?? 0)
          response.destroy()
        }
      })
      response.once('end', () => resolve(response.statusCode ?? 0))
      response.once('error', reject)
    })
    call.end(body)
  })
}
