import { readFileSync } from 'node:fs'
import path from 'node:path'
import type pg from 'pg'
import { createSession } from '@/lib/auth/session'
import { systemClock } from '@/lib/clock'
import { migrate } from '@/lib/db/migrate'
import { createPool } from '@/lib/db/pool'
import { publicId } from '@/lib/ids'
import { createUser } from '@/lib/users/create-user'
import { DatabaseProcess, ServerProcess } from '@/tools/crash/processes'
import { expect, test } from './fixtures/test'

const STAFF = 'staff@e2e.example'

type Action = { id: string; name: string; page: string }

let database: DatabaseProcess
let server: ServerProcess
let pool: pg.Pool
let cookie: string
let user: string

test.beforeAll(async () => {
  database = await DatabaseProcess.open()
  await migrate(database.url)
  server = await ServerProcess.create(database, {
    OPERATOR_EMAILS: STAFF,
    STRIPE_SECRET_KEY: 'sk_test_nobody_buys_here',
    STRIPE_WEBHOOK_SECRET: 'whsec_nobody_buys_here',
    STRIPE_API_URL: 'http://127.0.0.1:9',
  })
  await server.start()
  pool = createPool(database.url)
  const ctx = { pool, clock: systemClock, caller: { kind: 'system', name: 'e2e' }, requestId: 'e2e' } as const
  const { id } = await createUser(ctx, {
    email: STAFF,
    name: null,
    externalId: null,
    emailVerified: systemClock.now(),
  })
  user = publicId('user', id)
  cookie = `next-auth.session-token=${(await createSession(ctx, id)).token}`
})
test.afterAll(async () => {
  await server.kill()
  await pool.end()
  await database.remove()
})

/** Every server action of the build, with the URL of a page that uses it. */
function everyAction(): Action[] {
  const manifest = path.resolve('.next/server/server-reference-manifest.json')
  const { node } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    node: Record<string, { workers: Record<string, unknown>; exportedName: string; filename: string }>
  }
  return Object.entries(node).map(([id, { workers, exportedName, filename }]) => {
    const [page = ''] = Object.keys(workers).filter((worker) => !worker.includes('_not-found'))
    const address = page
      .replace(/^app\/|\/page$|\([^)]*\)\//g, '')
      .replaceAll('[user]', user)
      .replaceAll(/\[[^\]]*\]/g, 'nobody')
    return { id, name: `${exportedName} of ${filename}`, page: `/${address}` }
  })
}

function formOf(fields: Record<string, string>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  return form
}

/** Missing and malformed forms, both as a page's script sends them and as plain forms. */
function badBodies(id: string): [string, BodyInit, Record<string, string>][] {
  const text = { 'next-action': id, 'content-type': 'text/plain;charset=UTF-8' }
  const broken = { 'content-type': 'multipart/form-data; boundary=edge' }
  const part = '--edge\r\nContent-Disposition: form-data; name="0"\r\n\r\n[null,"$K1"]\r\n'
  const script = { 'next-action': id }
  return [
    ['no arguments', '[]', text],
    ['no form', '[{"done":0,"message":null,"errors":{}}]', text],
    ['text for a form', '["x","y"]', text],
    ['no JSON', '{', text],
    ['nothing', '', text],
    ['JSON', '[]', { 'next-action': id, 'content-type': 'application/json' }],
    ['a multipart body without its end', part, { ...script, ...broken }],
    ['a multipart body that is none', 'nothing', { ...script, ...broken }],
    ['a form without arguments', formOf({ reason: 'r' }), script],
    ['a form whose arguments are no JSON', formOf({ 0: '[' }), script],
    ['a form with two nulls', formOf({ 0: '[null,null]' }), script],
    ['a form with text for a form', formOf({ 0: '["x","y"]' }), script],
    ['an empty form', formOf({ 0: '[null,"$K1"]' }), script],
    ['an empty form after nonsense', formOf({ 0: '[{"done":"x"},"$K1"]' }), script],
    ['a plain form without a state', formOf({ [`$ACTION_ID_${id}`]: '' }), {}],
    [
      'a plain form without fields',
      formOf({
        $ACTION_REF_1: '',
        '$ACTION_1:0': JSON.stringify({ id, bound: '$@1' }),
        '$ACTION_1:1': '[null]',
      }),
      {},
    ],
    ['a plain multipart body without its end', part, broken],
  ]
}

/** Except for audits, whose form is empty. */
async function countChanges(): Promise<unknown> {
  const { rows } = await pool.query(`
    select (select count(*) from operator_actions) as acts, (select count(*) from apps) as apps, (select count(*) from entries) as entries,
      (select count(*) from checkout_sessions) as checkouts, (select count(*) from app_consents) as consents`)
  return rows
}

test('a server action without its form, or with a malformed one, is refused without a server error', async () => {
  const actions = everyAction()
  expect(actions.length).toBeGreaterThan(20)
  expect(actions.map(({ name }) => name)).toContain('give of app/operator/actions.ts')
  const before = await countChanges()
  for (const { id, name, page } of actions)
    await Promise.all(
      badBodies(id).map(async ([what, body, headers]) => {
        const answer = await fetch(`${server.origin}${page}`, {
          method: 'POST',
          redirect: 'manual',
          headers: { cookie, origin: server.origin, ...headers },
          body,
        })
        await answer.text()
        expect(answer.status, `${name} at ${page} with ${what}`).toBeLessThan(500)
      }),
    )
  expect(await countChanges()).toEqual(before)
  const log = readFileSync(path.join(database.folder, 'server.log'), 'utf8')
  // Stripe is unreachable here, so forms that need no field cannot succeed.
  const failures = log
    .split('\n')
    .filter((line) => /unexpected error|"status":5/.test(line) && !line.includes('"route":"stripe"'))
  expect(failures).toEqual([])
})
