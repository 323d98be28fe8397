import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, createWriteStream, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg, { type Pool } from 'pg'
import { postgresAccount } from '@/lib/db/embedded/account'
import { postgresBinaries } from '@/lib/db/embedded/binaries'
import {
  type Cluster,
  clusterUrl,
  freePort,
  initialiseCluster,
  runningPostmaster,
  startPostmaster,
  stopPostmaster,
} from '@/lib/db/embedded/cluster'

const POLL_MS = 20
const START_TIMEOUT_MS = 60_000
const DATABASE = 'credits'

/** A PostgreSQL with its default settings (fsync and synchronous_commit on), on a port that survives its death. */
export class DatabaseProcess {
  private constructor(
    readonly folder: string,
    private readonly cluster: Cluster,
    readonly url: string,
  ) {}

  /** Starts PostgreSQL with an empty database. */
  static async open(): Promise<DatabaseProcess> {
    const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'ai-credits-crash-')))
    chmodSync(folder, 0o711)
    const account = postgresAccount()
    const port = await freePort()
    const cluster: Cluster = {
      directory: path.join(folder, 'postgres'),
      logFile: path.join(folder, 'postgres.log'),
      password: 'crash',
      account,
      binaries: postgresBinaries(account),
      settings: { port },
    }
    await initialiseCluster(cluster, cluster.directory)
    const database = new DatabaseProcess(folder, cluster, clusterUrl(cluster, port, DATABASE))
    await database.start()
    const admin = new pg.Client(clusterUrl(cluster, port, 'postgres'))
    await admin.connect()
    await admin.query(`create database ${DATABASE}`)
    await admin.end()
    return database
  }

  /** Starts or restarts PostgreSQL. The processes of a killed server end shortly after it. */
  async start(): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS
    for (;;) {
      try {
        await startPostmaster(this.cluster, deadline)
        return
      } catch (error) {
        if (Date.now() > deadline) throw error
        await delay(POLL_MS)
      }
    }
  }

  kill(): void {
    const running = runningPostmaster(this.cluster.directory)
    if (running) process.kill(running.pid, 'SIGKILL')
  }

  /** Kills one of its backends; PostgreSQL then ends all of them and recovers on its own. */
  async killBackend(pool: Pool): Promise<boolean> {
    const { rows } = await pool.query<{ pid: number }>(
      `select pid from pg_stat_activity where application_name = 'ai-credits' and pid <> pg_backend_pid()
       order by state = 'active' desc, random() limit 1`,
    )
    const [row] = rows
    if (!row) return false
    process.kill(row.pid, 'SIGKILL')
    return true
  }

  async remove(): Promise<void> {
    await stopPostmaster(this.cluster, 'immediate')
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** The built server on its own port, with a database of the test. */
export class ServerProcess {
  private child: ChildProcess | null = null
  private constructor(
    private readonly databaseUrl: string,
    private readonly folder: string,
    private readonly port: number,
    private readonly env: Record<string, string>,
    private readonly project: string,
  ) {}

  /** `env` is added to the variables a server needs; `project` is the folder of the build. */
  static async create(
    database: { url: string; folder: string },
    env: Record<string, string> = {},
    project = process.cwd(),
  ): Promise<ServerProcess> {
    return new ServerProcess(database.url, database.folder, await freePort(), env, project)
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Returns whether the server runs; one that exited without a kill did not survive the loss of its database. */
  get isRunning(): boolean {
    return this.child !== null
  }

  /** Starts the server and waits until it answers. If it exits because the database is down, it is started again. */
  async start(): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS
    this.spawn()
    while (!(await this.isHealthy())) {
      if (Date.now() > deadline) throw new Error(`the server did not start; see ${this.folder}/server.log`)
      if (this.child === null) this.spawn()
      await delay(POLL_MS)
    }
  }

  /** Starts a server that must refuse to start; resolves with its exit code. */
  async startInVain(): Promise<number | null> {
    const child = this.spawn()
    const [code] = await once(child, 'close')
    return code
  }

  private spawn(): ChildProcess {
    const log = createWriteStream(path.join(this.folder, 'server.log'), { flags: 'a' })
    const child = spawn(process.execPath, ['dist/server.mjs'], {
      cwd: this.project,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        // Set for browser tests. The crash test runs no browser and uses the shipped prices.
        ...(process.env.TEST_CATALOG && { TEST_CATALOG: process.env.TEST_CATALOG }),
        NODE_ENV: 'production',
        NEXT_TELEMETRY_DISABLED: '1',
        APP_ENV: 'test',
        RATE_LIMIT: 'off',
        DATABASE_URL: this.databaseUrl,
        DATA_DIR: this.folder,
        PORT: String(this.port),
        LOG_LEVEL: 'warn',
        ...this.env,
      },
    })
    child.stdout.pipe(log, { end: false })
    child.stderr.pipe(log, { end: false })
    child.once('exit', () => {
      if (this.child === child) this.child = null
      log.end()
    })
    this.child = child
    return child
  }

  async isHealthy(): Promise<boolean> {
    try {
      const response = await fetch(`${this.origin}/api/health`, { signal: AbortSignal.timeout(3_000) })
      await response.arrayBuffer()
      return response.ok
    } catch {
      return false
    }
  }

  /** Asks the server to stop, as an orchestrator does. Resolves with the exit code. */
  async stop(): Promise<number | null> {
    const { child } = this
    if (child === null) throw new Error('the server is not running')
    const gone = new Promise<number | null>((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    return gone
  }

  /** Resolves once the server has exited. */
  async kill(): Promise<void> {
    const { child } = this
    if (child === null || child.exitCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }
}

/** The environment shared by all processes of a deployment. Stripe is unreachable, because nobody buys here. */
const DEPLOYMENT = {
  AUTH_SECRET: 'every-process-signs-with-this-0123456789',
  APP_URL: 'http://127.0.0.1:3000',
  STRIPE_SECRET_KEY: 'sk_test_nobody_buys_here',
  STRIPE_WEBHOOK_SECRET: 'whsec_nobody_buys_here',
  STRIPE_API_URL: 'http://127.0.0.1:9',
} as const

/**
 * Starts servers on one database at the same moment, one for each folder of a build. Each has its own data folder, as on
 * its own machine.
 */
export async function startServers(
  database: DatabaseProcess,
  projects: readonly string[],
  env: Record<string, string>,
): Promise<ServerProcess[]> {
  const servers: ServerProcess[] = []
  for (const [index, project] of projects.entries()) {
    const folder = path.join(database.folder, `server-${index + 1}`)
    mkdirSync(folder)
    const place = { url: database.url, folder }
    servers.push(await ServerProcess.create(place, { ...DEPLOYMENT, ...env }, project))
  }
  await Promise.all(servers.map((server) => server.start()))
  return servers
}
