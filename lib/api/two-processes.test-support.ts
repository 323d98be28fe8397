import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { clock } from './clock.test-support'

const HOST = path.join(process.cwd(), 'lib/api/one-process.test-support.ts')

/** Starts an API process that adopts the test's time before its first request. */
class ApiProcess {
  #clock = { now: '', moved: Promise.resolve() }
  private constructor(
    private readonly child: ChildProcess,
    private readonly origin: string,
  ) {}

  static async start(databaseUrl: string): Promise<ApiProcess> {
    const env = { ...process.env, DATABASE_URL: databaseUrl, APP_ENV: 'test' }
    const child = fork(HOST, { env, execArgv: ['--import', 'tsx'] })
    const [port] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => {
        throw new Error(`an API process exited with ${code} before it listened`)
      }),
    ])
    return new ApiProcess(child, `http://127.0.0.1:${port}`)
  }

  async send(target: string, init: RequestInit): Promise<Response> {
    await this.#followClock()
    return fetch(`${this.origin}${target}`, init)
  }

  #followClock(): Promise<void> {
    const now = clock.now().toISOString()
    if (now !== this.#clock.now) {
      this.#clock = { now, moved: this.#clock.moved.then(() => this.#moveClock(now)) }
    }
    return this.#clock.moved
  }

  async #moveClock(now: string): Promise<void> {
    const moved = once(this.child, 'message')
    this.child.send(now)
    await moved
  }

  async close(): Promise<void> {
    const gone = once(this.child, 'exit')
    this.child.disconnect()
    await gone
  }
}

/** Starts two processes on one database. Requests alternate between them. */
export async function openTwoProcesses(databaseUrl: string) {
  const [one, other] = await Promise.all([ApiProcess.start(databaseUrl), ApiProcess.start(databaseUrl)])
  let sent = 0
  return {
    port: null,
    send: (target: string, init: RequestInit) => (sent++ % 2 === 0 ? one : other).send(target, init),
    close: async () => {
      await Promise.all([one.close(), other.close()])
    },
  }
}
