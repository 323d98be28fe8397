import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { CHECKPOINTS } from '@/lib/db/embedded'
import { KEEP_MEMORY } from '@/lib/db/embedded/cluster'
import { loadEnv, VARIABLES } from '@/lib/env'
import { APP_SOURCES } from './build.mjs'

const manifest: { engines: { node: string }; scripts: Record<string, string> } = JSON.parse(
  readFileSync('package.json', 'utf8'),
)

/** The instructions of the Dockerfile, with continued lines joined. */
const instructions = readFileSync('Dockerfile', 'utf8')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter(Boolean)
  .map((line) => ({ name: line.split(' ', 1)[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }))

const all = (name: string) =>
  instructions.filter((instruction) => instruction.name === name).map(({ rest }) => rest)
const last = (name: string) => all(name).at(-1) ?? ''

const imageVariables = new Map(
  all('ENV')
    .flatMap((rest) => rest.split(/\s+/))
    .map((pair): [string, string] => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
)

/** The project's files copied by the build stage. */
const copied = all('COPY')
  .filter((rest) => !rest.startsWith('--from='))
  .flatMap((rest) => rest.split(' ').slice(0, -1))

const service = z.object({
  image: z.string(),
  build: z.string().optional(),
  command: z.string().optional(),
  env_file: z.string(),
  environment: z.record(z.string(), z.string()),
  ports: z.array(z.string()).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  volumes: z.array(z.string()).optional(),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  stop_grace_period: z.string(),
})
const compose = z
  .object({ services: z.record(z.string(), service), volumes: z.record(z.string(), z.null()) })
  .parse(parse(readFileSync('compose.yaml', 'utf8'), { merge: true }))
const apps = Object.values(compose.services).filter(({ build }) => build !== undefined)
const database = compose.services.database

/** `NAME=value` lines; with `all`, commented ones too. */
function exampleVariables(which: 'set' | 'all'): Map<string, string> {
  const lines = readFileSync('.env.example', 'utf8').matchAll(/^(#?)([A-Z][A-Z_]+)=(.*)$/gm)
  const chosen = [...lines].filter(([, comment]) => which === 'all' || comment === '')
  return new Map(chosen.map(([, , name = '', value = '']) => [name, value]))
}

/** Plausible values for the variables an operator fills in. */
const FILLED_IN: Record<string, string> = {
  AUTH_SECRET: '0'.repeat(64),
  STRIPE_SECRET_KEY: 'rk_live_x',
  STRIPE_WEBHOOK_SECRET: 'whsec_x',
}

test('the image runs the same command as npm start, on a supported Node as an unprivileged user', () => {
  expect(`exec ${JSON.parse(last('CMD')).join(' ')}`).toBe(manifest.scripts.start)
  const [major = 0, minor = 0] = manifest.engines.node.replace('>=', '').split('.').map(Number)
  const versions = all('FROM').map((from) => /^node:(\d+)(?:\.(\d+))?\S*-slim\b/.exec(from))
  expect(versions).toHaveLength(2)
  for (const version of versions) {
    expect(version?.[0]).toBe(versions[0]?.[0])
    const given = [Number(version?.[1]), Number(version?.[2] ?? 99)] as const
    expect(given[0] > major || (given[0] === major && given[1] >= minor)).toBe(true)
  }
  expect(last('USER')).toBe('node')
  expect(readFileSync('lib/api/routes/health.ts', 'utf8')).toContain("path: '/health'")
  expect(last('HEALTHCHECK')).toContain('/api/health')
})

test('the image copies every source of the build and nothing that does not exist', () => {
  expect(copied.filter((file) => !existsSync(file))).toEqual([])
  const ignored = readFileSync('.dockerignore', 'utf8').split('\n')
  expect(copied.filter((file) => ignored.includes(file))).toEqual([])
  expect(APP_SOURCES.length).toBeGreaterThan(10)
  const read = APP_SOURCES.filter((file: string) => existsSync(file))
  const isCopied = (file: string) => copied.some((from) => file === from || file.startsWith(`${from}/`))
  expect(read.filter((file: string) => !isCopied(file))).toEqual([])
  // Needed at start, although not part of the build.
  for (const file of ['scripts/start.mjs', 'scripts/prisma.mjs', 'prisma.config.ts', 'prisma/migrations'])
    expect(isCopied(file)).toBe(true)
})

test('the product reads every variable of compose.yaml, the image and .env.example', () => {
  const ofOthers = ['NODE_ENV', 'NEXT_TELEMETRY_DISABLED', 'CI', 'npm_config_cache']
  const ofImage = [...imageVariables.keys()].filter((name) => !ofOthers.includes(name))
  const ours = [...apps.flatMap(({ environment }) => Object.keys(environment)), ...ofImage]
  const engine = imageVariables.get('PRISMA_SCHEMA_ENGINE_BINARY') ?? ''
  expect(existsSync(engine.replace(`${last('WORKDIR')}/`, ''))).toBe(true)
  const known = [...VARIABLES, 'PRISMA_SCHEMA_ENGINE_BINARY']
  expect([...ours, ...exampleVariables('all').keys()].filter((name) => !known.includes(name))).toEqual([])
})

test('every process of compose.yaml starts in production with .env.example filled in, and none with a line missing', () => {
  const example = new Map(
    [...exampleVariables('set')].map(([name, value]) => [name, value || FILLED_IN[name]]),
  )
  expect(apps).toHaveLength(2)
  for (const { environment } of apps) {
    const given = { ...Object.fromEntries(imageVariables), ...Object.fromEntries(example), ...environment }
    const env = loadEnv(given)
    expect(env).toMatchObject({ isProduction: true, host: '0.0.0.0', rateLimit: { store: 'postgres' } })
    expect(new URL(env.databaseUrl ?? '').host).toBe('database:5432')
    for (const name of example.keys()) {
      const without = { ...given, [name]: undefined }
      if (name === 'DATABASE_URL') expect(loadEnv(without).isProduction).toBe(false)
      else expect(() => loadEnv(without), name).toThrow(name)
    }
  }
})

test('secrets are in files that git and images exclude', () => {
  const files = Object.values(compose.services).map(({ env_file }) => env_file)
  expect(new Set(files)).toEqual(new Set(['.env.app', '.env.database']))
  const ignored = readFileSync('.gitignore', 'utf8').split('\n')
  expect(ignored).toContain('.env.*')
  expect(ignored.filter((line) => line.startsWith('!'))).toEqual(['!.env.example'])
  expect(readFileSync('.dockerignore', 'utf8').split('\n')).toContain('.env*')
  for (const [name, value] of exampleVariables('all'))
    if (/SECRET|KEY|TOKEN|SERVER/.test(name)) expect(value, name).toBe('')
})

test('the services in compose.yaml wait for the database, use separate ports, and have enough time to stop', () => {
  expect(database?.image).toMatch(/^postgres:18\b/)
  expect(database?.healthcheck?.test).toContain('pg_isready')
  // The data directory of the PostgreSQL 18 image.
  expect(database?.volumes).toEqual(['database:/var/lib/postgresql'])
  expect(database?.environment).toMatchObject(KEEP_MEMORY)
  for (const [name, value] of Object.entries(CHECKPOINTS))
    expect(database?.command).toContain(`-c ${name}=${value}`)
  expect(Object.keys(compose.volumes)).toEqual(['database'])
  for (const { depends_on, stop_grace_period } of apps) {
    expect(depends_on).toEqual({ database: { condition: 'service_healthy' } })
    // 10 s for runs of the sample apps, 20 s for requests in flight, and some for the ledger's queue.
    expect(Number.parseInt(stop_grace_period, 10)).toBeGreaterThan(30)
  }
  const ports = apps.flatMap(({ ports = [] }) => ports)
  expect(new Set(ports).size).toBe(2)
  for (const port of ports)
    expect(port).toMatch(new RegExp(`^127\\.0\\.0\\.1:\\d+:${imageVariables.get('PORT')}$`))
})
