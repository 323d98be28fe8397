import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DataDirInUse, type EmbeddedDatabase, openEmbedded } from './embedded'
import { runningPostmaster } from './embedded/cluster'

let dataDir = ''
let opened: EmbeddedDatabase[] = []

beforeEach(() => {
  dataDir = realpathSync(mkdtempSync(path.join(tmpdir(), 'ai-credits-embedded-')))
  opened = []
})
afterEach(async () => {
  for (const database of opened) await database.release()
  expect(postmaster()).toBeNull()
  rmSync(dataDir, { recursive: true })
})

async function open(role: 'server' | 'command'): Promise<EmbeddedDatabase> {
  const database = await openEmbedded(dataDir, role)
  opened.push(database)
  return database
}

const postmaster = () => runningPostmaster(path.join(dataDir, 'postgres'))

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** Starts a second process that opens the database. Resolves once it has printed its URL. */
async function holderProcess(): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'lib/db/embedded.test-support.ts', dataDir], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [chunk] = await once(child.stdout, 'data')
  return { child, url: String(chunk).trim() }
}

describe('embedded PostgreSQL', { timeout: 60_000 }, () => {
  it('keeps its data between starts, and its password readable only by its owner', async () => {
    const first = await open('server')
    await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS value')
    await first.release()
    expect(postmaster()).toBeNull()
    const second = await open('server')
    expect(await query(second.url, 'SELECT value FROM kept')).toEqual([{ value: 1 }])
    expect(statSync(path.join(dataDir, 'postgres-password')).mode & 0o777).toBe(0o600)
    expect(await query(second.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }])
    expect(await query(second.url, 'SHOW synchronous_commit')).toEqual([{ synchronous_commit: 'on' }])
    expect(await query(second.url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
  })

  it('refuses a second server on the same directory and does not disturb the first', async () => {
    const first = await open('server')
    await expect(openEmbedded(dataDir, 'server')).rejects.toThrow(DataDirInUse)
    expect(await query(first.url, 'SELECT 1 AS value')).toEqual([{ value: 1 }])
  })

  it('lets commands attach to a running server and stops with the last of them', async () => {
    const server = await open('server')
    const command = await open('command')
    expect(command.url).toBe(server.url)
    await server.release()
    expect(await query(command.url, 'SELECT 1 AS value')).toEqual([{ value: 1 }])
    await command.release()
    expect(postmaster()).toBeNull()
  })

  it('starts only once if several processes start concurrently', async () => {
    const databases = await Promise.all([open('command'), open('server'), open('command')])
    expect(new Set(databases.map((database) => database.url)).size).toBe(1)
  })

  it('is adopted with all committed data after its process was killed', async () => {
    const holder = await holderProcess()
    await query(holder.url, 'CREATE TABLE committed AS SELECT 1 AS value')
    holder.child.kill('SIGKILL')
    await once(holder.child, 'exit')
    expect(postmaster()).not.toBeNull()
    const next = await open('server')
    expect(next.url).toBe(holder.url)
    expect(await query(next.url, 'SELECT value FROM committed')).toEqual([{ value: 1 }])
  })

  it('recovers all committed data after PostgreSQL itself was killed', async () => {
    const first = await open('server')
    await query(first.url, 'CREATE TABLE committed AS SELECT 1 AS value')
    const pid = postmaster()?.pid ?? 0
    process.kill(pid, 'SIGKILL')
    await expect.poll(postmaster).toBeNull()
    const second = await open('command')
    expect(await query(second.url, 'SELECT value FROM committed')).toEqual([{ value: 1 }])
  })

  it('starts even if the pid in a left-behind postmaster.pid belongs to another process', async () => {
    const first = await open('server')
    const pidFile = path.join(dataDir, 'postgres/postmaster.pid')
    const lines = readFileSync(pidFile, 'utf8').split('\n')
    process.kill(Number(lines[0]), 'SIGKILL')
    await expect.poll(postmaster).toBeNull()
    writeFileSync(pidFile, [process.pid, ...lines.slice(1)].join('\n'))
    const second = await open('server')
    expect(await query(second.url, 'SELECT 1 AS value')).toEqual([{ value: 1 }])
    await first.release()
  })

  it('seeds once, and starts over after an interrupted seeding', async () => {
    const first = await open('server')
    const cutOff = first.seedOnce(async () => {
      await query(first.url, 'CREATE TABLE half AS SELECT 1 AS value')
      throw new Error('cut off')
    })
    await expect(cutOff).rejects.toThrow('cut off')
    await first.release()

    const second = await open('server')
    await second.seedOnce(async () => {
      await query(second.url, 'CREATE TABLE half AS SELECT 2 AS value')
    })
    await second.seedOnce(() => Promise.reject(new Error('seeded twice')))
    expect(await query(second.url, 'SELECT value FROM half')).toEqual([{ value: 2 }])
  })
})
