#!/usr/bin/env node
/**
 * Stands in for Prisma's native `schema-engine` where that binary cannot be downloaded (no network, a mirror without it).
 *
 * The Prisma CLI starts the engine as a child process and exchanges line-delimited JSON-RPC with it over stdio. This script
 * answers the same calls with `@prisma/schema-engine-wasm`, the same engine compiled to WebAssembly, over the `pg` driver.
 * `scripts/prisma.mjs` sets it as PRISMA_SCHEMA_ENGINE_BINARY only if the native engine is missing.
 *
 * Its version must match that of the `prisma` package; package.json pins both.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import * as wasm from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'

const require = createRequire(import.meta.url)
const argv = process.argv.slice(2)
const enginePath = require.resolve('@prisma/schema-engine-wasm/schema_engine_bg')
const version = packageVersion()

/** The PostgreSQL type `"char"`, and the type `text` as which it is read. */
const OID_CHAR = 18
const OID_TEXT = 25
/** The JSON-RPC error code that the CLI expects if the engine returned an error. */
const ENGINE_ERROR = 4466
/** Parameters of a Prisma URL that PostgreSQL itself does not know. */
const PRISMA_ONLY_PARAMETERS = ['schema', 'connection_limit', 'pool_timeout', 'pgbouncer', 'connect_timeout']

function packageVersion() {
  return JSON.parse(
    readFileSync(new URL('../node_modules/@prisma/schema-engine-wasm/package.json', import.meta.url), 'utf8'),
  ).version
}

function options(name) {
  return argv.flatMap((argument, index) => (argument === name ? [argv[index + 1]] : []))
}

function log(level, fields) {
  const line = { timestamp: new Date().toISOString(), level, fields, target: 'schema_engine::logger' }
  process.stderr.write(`${JSON.stringify(line)}\n`)
}

function databaseOf(url) {
  return decodeURIComponent(new URL(url).pathname.slice(1))
}

/** CREATE and DROP DATABASE need a connection to another database. */
async function onMaintenanceDatabase(url, run) {
  const maintenance = new URL(url)
  maintenance.pathname = '/postgres'
  maintenance.search = ''
  const client = new pg.Client({ connectionString: maintenance.toString() })
  await client.connect()
  try {
    return await run(client)
  } finally {
    await client.end()
  }
}

const createDatabase = (url, name) =>
  onMaintenanceDatabase(url, (client) => client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`))
const dropDatabase = (url, name) =>
  onMaintenanceDatabase(url, (client) =>
    client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`),
  )

/** `schema-engine cli <command>`: runs one action; the exit code is its result. */
async function runCli(command, url) {
  switch (command) {
    case 'can-connect-to-database': {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      return client.end()
    }
    case 'create-database':
      return createDatabase(url, databaseOf(url))
    case 'drop-database':
      await dropDatabase(url, databaseOf(url))
      return log('INFO', { message: 'The database was successfully dropped.' })
    default:
      throw new Error(`unknown command ${command}`)
  }
}

function prismaErrorCode(error) {
  if (error.code === '3D000') return 'P1003'
  if (error.code === '28P01') return 'P1000'
  return 'P1001'
}

/** Works around two bugs of adapter-pg that only affect migrations. */
function forMigrations(adapter) {
  const performIO = adapter.performIO.bind(adapter)
  const queryRaw = adapter.queryRaw.bind(adapter)
  let charColumns = []
  // The catalogues the engine introspects have columns of type "char", which adapter-pg refuses as unsupported.
  adapter.performIO = async (query) => {
    const result = await performIO(query)
    charColumns = []
    result.fields?.forEach((field, index) => {
      if (field.dataTypeID !== OID_CHAR) return
      charColumns.push(index)
      field.dataTypeID = OID_TEXT
    })
    return result
  }
  adapter.queryRaw = async (query) => {
    const result = await queryRaw(query)
    for (const index of charColumns) result.columnTypes[index] = ColumnTypeEnum.Character
    return result
  }
  // adapter-pg splits a script at every `;`, which breaks function bodies; PostgreSQL accepts the whole script.
  adapter.executeScript = async (script) => {
    try {
      await adapter.client.query(script)
    } catch (error) {
      adapter.onError(error)
    }
  }
  return adapter
}

function adapterFactory(datasource) {
  const url = new URL(datasource.url ?? 'postgresql://nobody@127.0.0.1:1/none')
  const schema = url.searchParams.get('schema') ?? undefined
  for (const parameter of PRISMA_ONLY_PARAMETERS) url.searchParams.delete(parameter)
  const open = async (address) =>
    forMigrations(await new PrismaPg({ connectionString: address.toString() }, { schema }).connect())

  let shadows = 0
  const factory = new PrismaPg({ connectionString: url.toString() }, { schema })
  factory.connect = () => open(url)
  factory.connectToShadowDb = async () => {
    if (datasource.shadowDatabaseUrl) return open(datasource.shadowDatabaseUrl)
    const name = `prisma_migrate_shadow_db_${process.pid}_${shadows++}`
    await createDatabase(url, name)
    const shadowUrl = new URL(url)
    shadowUrl.pathname = `/${name}`
    const shadow = await open(shadowUrl)
    const dispose = shadow.dispose.bind(shadow)
    shadow.dispose = async () => {
      await dispose()
      await dropDatabase(url, name)
    }
    return shadow
  }
  return bindMigrationAwareSqlAdapterFactory(factory)
}

async function instantiateWasm() {
  const source = readFileSync(enginePath.replace(/\.js$/, '.wasm'))
  const { instance } = await WebAssembly.instantiate(source, { './schema_engine_bg.js': wasm })
  wasm.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  // The engine writes a panic's message here before it traps.
  globalThis.PRISMA_WASM_PANIC_REGISTRY = {
    message: '',
    set_message(message) {
      this.message = message
    },
  }
}

function toRpcError(error, registry) {
  const isPanic = error instanceof WebAssembly.RuntimeError
  let message = (isPanic && globalThis.PRISMA_WASM_PANIC_REGISTRY.message) || error?.message || String(error)
  // A database error crosses the WebAssembly boundary as a number; the registry holds the error itself.
  if (error?.cause?.id !== undefined) message += ` ${registry?.consumeError?.(error.cause.id)?.error ?? ''}`
  return {
    code: ENGINE_ERROR,
    message: 'An error happened. Check the data field for details.',
    data: { is_panic: isPanic, message, meta: null, error_code: error?.code ?? null },
  }
}

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)

/** Answers the CLI's requests one after the other, in order, until it closes stdin. */
async function serve(datasource) {
  await instantiateWasm()
  const adapter = adapterFactory(datasource)
  const datamodels = options('--datamodels').map((file) => [file, readFileSync(file, 'utf8')])
  let engine
  let prints = 0

  const answer = async (method, params) => {
    engine ??= await wasm.SchemaEngine.new(
      { datamodels: datamodels.length > 0 ? datamodels : undefined },
      () => undefined,
      adapter,
    )
    switch (method) {
      case 'diff': {
        // Like the native engine, prints a diff through a callback of the CLI.
        const { stdout, ...rest } = await engine.diff(params)
        if (stdout) send({ id: `print-${prints++}`, method: 'print', params: { content: stdout } })
        return { ...rest, stdout: null }
      }
      case 'getDatabaseVersion':
        return engine.version(params)
      case 'createDatabase': {
        const url = params?.datasource?.url ?? datasource.url
        await createDatabase(url, databaseOf(url))
        return { databaseName: databaseOf(url) }
      }
      default:
        return engine[method](params)
    }
  }

  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    const request = line.trim() === '' ? {} : JSON.parse(line)
    if (!request.method) continue
    try {
      send({ id: request.id, result: (await answer(request.method, request.params)) ?? null })
    } catch (error) {
      send({ id: request.id, error: toRpcError(error, adapter.errorRegistry) })
    }
  }
}

if (argv.includes('--version') || argv.includes('-V')) {
  process.stdout.write(`schema-engine-wasm ${version}\n`)
} else {
  log('INFO', { message: 'Starting schema engine CLI', git_hash: version })
  const [datasourceJson] = options('--datasource')
  const datasource = datasourceJson ? JSON.parse(datasourceJson) : {}
  if (argv.includes('cli')) {
    await runCli(argv[argv.indexOf('cli') + 1], datasource.url).catch((error) => {
      log('ERROR', {
        is_panic: false,
        error_code: prismaErrorCode(error),
        message: String(error.message || error.code),
      })
      process.exitCode = 1
    })
  } else {
    await serve(datasource)
    process.exit(0)
  }
}
