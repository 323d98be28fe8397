import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { functionsOf, ownFunctions } from '@/lib/db/functions'
import { ensureBuilt } from '@/scripts/build.mjs'
import { Client } from './client'
import { Load } from './load'
import { openStage, type Stage } from './stage'
import { verify } from './verify'

const FUNCTIONS = 'lib/credits/sql'
const USERS = 20
const CLIENTS = 8
const RESTARTS = 4
const ANSWERS_BETWEEN = 100
const RICH = 200_000

let folder: string
let stage: Stage

/**
 * The folder of a build that differs from this one only in its `hold_batch`, which leaves every hold to the one-by-one
 * path.
 */
function otherBuild(): string {
  for (const name of ['dist', '.next', 'node_modules', 'public', 'prisma', 'scripts'])
    symlinkSync(path.resolve(name), path.join(folder, name))
  for (const name of ['package.json', 'next.config.mjs', 'prisma.config.ts'])
    cpSync(name, path.join(folder, name))
  mkdirSync(path.join(folder, 'lib/credits'), { recursive: true })
  cpSync(FUNCTIONS, path.join(folder, FUNCTIONS), { recursive: true })
  const file = path.join(folder, FUNCTIONS, 'hold_batch.sql')
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^begin$/m, 'begin\n  return;'))
  return folder
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'ai-credits-build-'))
  await ensureBuilt()
  stage = await openStage(USERS, [process.cwd(), otherBuild()])
}, 600_000)

afterAll(async () => {
  await Promise.all(stage.servers.map((server) => server.kill()))
  await stage.pool.end()
  await stage.database.remove()
  rmSync(folder, { recursive: true })
})

async function holdsMade(place: number, way: 'batched' | 'singly'): Promise<number> {
  const response = await fetch(`${stage.servers[place]?.origin}/api/metrics`)
  const name = new RegExp(`^credits_movements_total\\{kind="hold",way="${way}"\\} (\\d+)$`, 'm')
  return Number(name.exec(await response.text())?.[1] ?? 0)
}

test('two builds with different functions restart in turn under load, with correct answers and a clean audit', async () => {
  const { pool, servers } = stage
  const client = new Client(
    servers.map(({ origin }) => origin),
    stage.secret,
  )
  const load = new Load(client, stage.users, 'crash', stage.creator)
  for (const user of stage.users) await load.grant(user, RICH)
  const loading = load.run(CLIENTS)
  const answersAfter = async (count: number) => {
    const target = load.acknowledged.length + count
    while (load.acknowledged.length < target) await delay(20)
  }
  await answersAfter(ANSWERS_BETWEEN)
  const ways = await Promise.all([holdsMade(0, 'batched'), holdsMade(1, 'batched'), holdsMade(1, 'singly')])
  for (let restart = 0; restart < RESTARTS; restart++) {
    const server = servers[restart % servers.length]
    expect(await server?.stop()).toBe(0)
    await answersAfter(ANSWERS_BETWEEN)
    await server?.start()
    await answersAfter(ANSWERS_BETWEEN)
  }
  load.stop()
  await loading
  const { findings, figures } = await verify(pool, client, load.acknowledged)
  expect(findings).toEqual([])
  expect(figures.done).toBeGreaterThan(RESTARTS * ANSWERS_BETWEEN)
  const [ownBatched, othersBatched, othersSingly] = ways
  expect(ownBatched).toBeGreaterThan(0)
  expect(othersBatched).toBe(0)
  expect(othersSingly).toBeGreaterThan(0)
  const { rows } = await pool.query<{ name: string }>(
    `select nspname as name from pg_namespace where nspname like 'ledger%' order by 1`,
  )
  const files = readdirSync(path.join(folder, FUNCTIONS)).sort()
  const texts = files.map((name) => readFileSync(path.join(folder, FUNCTIONS, name), 'utf8'))
  const builds = [
    ownFunctions(),
    functionsOf(files.map((name, index) => ({ name, text: texts[index] ?? '' }))),
  ]
  expect(rows.map(({ name }) => name)).toEqual(builds.map(({ schema }) => schema).sort())
}, 600_000)
