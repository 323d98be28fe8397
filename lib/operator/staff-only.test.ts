import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'
import { newUuid } from '@/lib/ids'
import { createScenario, newAccount, type Scenario } from '@/lib/testing/scenario'
import { createUser, upsertUser } from '@/lib/users/create-user'
import { requireStaff } from './require-staff'
import { signInStaff } from './staff.test-support'

let scenario: Scenario
let staff: Context
beforeAll(async () => {
  scenario = await createScenario()
  staff = await signInStaff(scenario)
})
afterAll(() => scenario.close())

type Verb = (ctx: Context, input: unknown) => Promise<unknown>

const PAGES = path.resolve('app/operator')

/** Every verb that the operator's pages and actions call with their context, and its module. */
function calledByPages(): { name: string; module: string }[] {
  const found = new Map<string, string>()
  for (const file of readdirSync(PAGES, { recursive: true, encoding: 'utf8' })) {
    if (!/\.tsx?$/.test(file) || /\.test\./.test(file)) continue
    const source = readFileSync(path.join(PAGES, file), 'utf8')
    for (const [, names = '', module = ''] of source.matchAll(/import \{([^}]*)\} from '@\/(lib\/[^']+)'/g))
      for (const name of names
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean))
        if (new RegExp(`\\b${name}\\(ctx\\b`).test(source) && !name.startsWith('type '))
          found.set(name, module)
  }
  return [...found].map(([name, module]) => ({ name, module }))
}

describe('staff pages', () => {
  const verbs = calledByPages()

  test('call their verbs with their context', () => {
    expect(verbs.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'findAccounts',
        'readAccount',
        'readTimeline',
        'grantCreditsAsStaff',
        'refundPaymentAsStaff',
      ]),
    )
  })

  test.each(verbs)('refuse $name to everyone else', async ({ name, module }) => {
    const loaded: Record<string, unknown> = await import(path.resolve(`${module}.ts`))
    const verb = loaded[name] as Verb
    const { accountId } = await newAccount(scenario)
    const strangers: Context['caller'][] = [
      { kind: 'nobody' },
      { kind: 'user', userId: accountId },
      { kind: 'appToken', userId: accountId, appId: newUuid() },
      { kind: 'key', keyId: newUuid(), name: 'server' },
    ]
    for (const caller of strangers)
      await expect(verb({ ...scenario.ctx, caller }, { accountId })).rejects.toBeInstanceOf(NotFound)
  })
})

test('staff rights need a verified e-mail and end when the e-mail changes', async () => {
  const { ctx } = scenario
  const userOf = (userId: string): Context => ({ ...ctx, caller: { kind: 'user', userId } })
  const olga = await requireStaff(staff)
  await ctx.pool.query('update users set email = $2 where id = $1', [olga.userId, 'former@demo.example'])
  const unproved = await createUser(ctx, { email: 'olga@demo.example', name: null, externalId: null })
  await expect(requireStaff(userOf(unproved.id))).rejects.toBeInstanceOf(NotFound)
  await ctx.pool.query('update users set email = $2 where id = $1', [unproved.id, 'other@demo.example'])

  const proved = await createUser(ctx, {
    email: 'mallory@example.com',
    name: null,
    externalId: 'mallory',
    emailVerified: ctx.clock.now(),
  })
  await upsertUser(ctx, { externalId: 'mallory', email: 'olga@demo.example', name: null })
  await expect(requireStaff(userOf(proved.id))).rejects.toBeInstanceOf(NotFound)
})
