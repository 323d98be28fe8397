/**
 * Sends HTTP/1.1 requests over kept-alive connections, in its own process so that it does not slow down the server under
 * test, and over plain sockets so that it uses little CPU time. Its parent sends it orders.
 */
import { randomUUID } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { percentile, type Sample } from './measure'

export type Order = {
  port: number
  path: string
  secret: string
  /** Bodies to choose from at random; `KEY` in them is replaced by a new key. */
  bodies: string[]
  /** The number of charges per request. */
  charges: number
  connections: number
  seconds: number
  warmupSeconds: number
  /** Requests per second regardless of answers. If null, each connection sends as soon as it is answered. */
  rate: number | null
  status: number
}

const KEY = /KEY/g
const TICK_MS = 2

type Reply = { status: number; length: number } | null

const END_OF_HEAD = Buffer.from('\r\n\r\n')
const END_OF_CHUNKS = Buffer.from('\r\n0\r\n\r\n')

/** The complete answer at the start of `bytes`, or null. */
function replyIn(bytes: Buffer): Reply {
  const head = bytes.indexOf(END_OF_HEAD)
  if (head === -1) return null
  const text = bytes.toString('latin1', 0, head)
  const status = Number(text.slice(9, 12))
  const length = /content-length: (\d+)/i.exec(text)?.[1]
  if (length !== undefined) {
    const end = head + END_OF_HEAD.length + Number(length)
    return bytes.length < end ? null : { status, length: end }
  }
  const end = bytes.indexOf(END_OF_CHUNKS, head)
  return end === -1 ? null : { status, length: end + END_OF_CHUNKS.length }
}

async function run(order: Order): Promise<Sample & { refused: number }> {
  const { bodies, connections, rate } = order
  const startAt = performance.now() + order.warmupSeconds * 1_000
  const endAt = startAt + order.seconds * 1_000
  const latencies: number[] = []
  let refused = 0
  const idle: Connection[] = []
  const due: number[] = []

  function requestText(): string {
    const body = (bodies[Math.floor(Math.random() * bodies.length)] ?? '').replace(KEY, () => randomUUID())
    return (
      `POST ${order.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${order.secret}\r\n` +
      `Content-Type: application/json\r\nIdempotency-Key: ${randomUUID()}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    )
  }

  class Connection {
    private since = 0
    private received: Buffer = Buffer.alloc(0)
    constructor(private readonly socket: Socket) {
      socket.on('data', (chunk) => this.receive(chunk))
    }
    send(since: number): void {
      this.since = since
      this.socket.write(requestText())
    }
    private receive(chunk: Buffer): void {
      this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk])
      const reply = replyIn(this.received)
      if (reply === null) return
      this.received = this.received.subarray(reply.length)
      const now = performance.now()
      if (reply.status !== order.status) refused += 1
      else if (now >= startAt && now < endAt) latencies.push(now - this.since)
      this.next(now)
    }
    private next(now: number): void {
      if (now >= endAt) return
      const since = rate === null ? now : due.shift()
      if (since === undefined) idle.push(this)
      else this.send(since)
    }
    close(): void {
      this.socket.destroy()
    }
  }

  const opened = await Promise.all(
    Array.from(
      { length: connections },
      () =>
        new Promise<Connection>((resolve, reject) => {
          const socket = connect({ port: order.port, host: '127.0.0.1', noDelay: true })
          socket.once('error', reject)
          socket.once('connect', () => resolve(new Connection(socket)))
        }),
    ),
  )
  if (rate === null) for (const connection of opened) connection.send(performance.now())
  else idle.push(...opened)
  await new Promise<void>((resolve) => {
    let sentUntil = performance.now()
    const timer = setInterval(() => {
      const now = performance.now()
      if (now >= endAt) {
        clearInterval(timer)
        resolve()
      }
      // Latency counts from the scheduled time, even if no connection was free then.
      for (; rate !== null && sentUntil < now; sentUntil += 1_000 / rate) {
        const connection = idle.pop()
        if (connection) connection.send(sentUntil)
        else due.push(sentUntil)
      }
    }, TICK_MS)
  })
  for (const connection of opened) connection.close()
  latencies.sort((left, right) => left - right)
  return {
    perSecond: (latencies.length * order.charges) / order.seconds,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    refused,
  }
}

if (process.send) {
  process.on('message', (order: Order) => {
    run(order).then(
      (sample) => process.send?.(sample),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
  process.send('ready')
}
