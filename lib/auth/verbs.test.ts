import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { testDocument } from '@/lib/catalog/two-versions.test-support'
import type { Caller, Context } from '@/lib/context'
import { Forbidden, NotFound, Unauthenticated } from '@/lib/errors'
import { newUuid, publicId } from '@/lib/ids'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'

/**
 * Verbs authorise their callers themselves. Every verb that routes, pages and actions call with a context is called
 * directly here, on behalf of someone with no access to the account. Staff verbs have their own test
 * (`lib/operator/staff-only.test.ts`); the studio's verbs act for their caller and name no account.
 */
const CALLERS = ['app', 'lib/api']
const VERBS = /^lib\/(credits|metering|usage|apps|rewards|billing|users|versions)\b/

type Verb = (ctx: Context, ...input: unknown[]) => unknown
type Found = { name: string; module: string }

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !/\.test[.-]/.test(file))
    .map((file) => path.join(folder, file))
    .filter((file) => !file.startsWith('app/operator/'))
}

/** Every domain function that is called with a context, and its module. */
function calledVerbs(): Found[] {
  const found = new Map<string, Found>()
  for (const file of CALLERS.flatMap(sourcesIn)) {
    const source = readFileSync(file, 'utf8')
    for (const [, names = '', module = ''] of source.matchAll(/import \{([^}]*)\} from '@\/(lib\/[^']+)'/g)) {
      if (!VERBS.test(module)) continue
      for (const part of names.split(',').map((each) => each.trim())) {
        const [name = '', local = name] = part.split(' as ')
        const isCalled = new RegExp(`\\b${local}\\(\\s*(ctx\\s*[,)]|pageContext\\()`).test(source)
        if (name !== '' && !part.startsWith('type ') && isCalled) found.set(name, { name, module })
      }
    }
  }
  return [...found.values()]
}

/** The verbs that anyone may call or that concern no account, each with the reason. */
const FOR_EVERYBODY: Record<string, string> = {
  checkReturnTo: 'only says whether a URL is allowed',
  nameReturnTo: 'shows a public app or one of the caller’s',
  getApp: 'finds an app by its name; its callers check who may see it',
  findPayersApp: 'finds an app for anyone who names it; the budget decides what it may spend',
  quoteUse:
    'quotes a price for anyone; reads an account only as `accountOf` allows, which the routes’ tests cover',
  exchangeCode: 'is for anyone with the code and its verifier',
  findPortalLink: 'is for anyone with the link',
  usePortalLink: 'is for anyone with the link',
  describeConnect: 'acts for its caller',
  giveConsent: 'acts for its caller',
  allowApp: 'acts for its caller',
  getPlanStatus: 'adds to a balance that was already read',
  viewCharge: 'shows a charge that was already read',
  viewCharges: 'shows charges that were already read',
  fixedCurrencyOf: 'names a currency; the account was checked before',
  getUser: 'names a user found before; the account was checked before',
  receiveEvent: 'trusts a signature, not the caller',
}

let scenario: Scenario
/** Another person's account, which the calls name: its owner and the ids of its objects. */
let theirs: { accountId: string; user: string; app: string; appId: string } & Record<
  'charge' | 'hold' | 'run' | 'grant' | 'session',
  string
>
const use = { operation: 'web.extract', usage: { pages: 1 } }
const idempotency = () => ({ key: newKey(), fingerprint: newUuid() })
const request = () => ({ user: theirs.user, ...use, ...PLAIN, idempotencyKey: newKey() })
const day = { from: new Date(0), to: new Date('2026-12-01T00:00:00Z') }
const page = { after: null, cursor: null, limit: 10 }
const filter = () => ({
  ...{ accountId: theirs.accountId, ...day, ...page },
  ...{ operation: null, app: null, surface: null, reference: null },
})

/** The input of each verb, valid except for the caller. `operator`: the verb refuses even the account's owner. */
const ASKS: Record<string, { for: 'operator' | 'owner'; input: () => unknown[] }> = {
  grantCredits: {
    for: 'operator',
    input: () => [
      {
        accountId: theirs.accountId,
        idempotency: idempotency(),
        amount: credits(5),
        reason: 'r',
        expiresAt: null,
      },
    ],
  },
  revokeGrant: {
    for: 'operator',
    input: () => [
      { accountId: theirs.accountId, grantId: theirs.grant, idempotency: idempotency(), reason: 'r' },
    ],
  },
  refundCharge: {
    for: 'operator',
    input: () => [
      {
        accountId: theirs.accountId,
        chargeId: theirs.charge,
        idempotency: idempotency(),
        reason: 'r',
        amount: null,
      },
    ],
  },
  findGrantAccount: { for: 'operator', input: () => [theirs.grant] },
  upsertUser: {
    for: 'operator',
    input: () => [{ externalId: newUuid(), email: `${newUuid()}@example.com`, name: null }],
  },
  createPortalLink: { for: 'operator', input: () => [{ user: theirs.user, page: 'credits' }] },
  chargeUse: { for: 'operator', input: () => [request()] },
  chargeBatch: { for: 'operator', input: () => [[request()]] },
  holdUse: { for: 'operator', input: () => [{ ...request(), limit: null, expiresInSeconds: null }] },
  captureUse: {
    for: 'operator',
    input: () => [{ holdId: theirs.hold, idempotencyKey: newKey(), usage: use.usage }],
  },
  extendUse: {
    for: 'operator',
    input: () => [{ holdId: theirs.hold, idempotencyKey: newKey(), usage: null, expiresInSeconds: 60 }],
  },
  releaseUse: { for: 'operator', input: () => [{ holdId: theirs.hold, idempotencyKey: newKey() }] },
  getBalance: { for: 'owner', input: () => [theirs.accountId] },
  getHold: { for: 'owner', input: () => [theirs.hold] },
  listHolds: { for: 'owner', input: () => [{ accountId: theirs.accountId, status: null, ...page }] },
  getBudget: { for: 'owner', input: () => [{ accountId: theirs.accountId, appId: theirs.appId }] },
  setBudget: {
    for: 'owner',
    input: () => [
      { accountId: theirs.accountId, appId: theirs.appId, monthlyLimit: credits(1), paused: true },
    ],
  },
  setBudgetPaused: {
    for: 'owner',
    input: () => [{ accountId: theirs.accountId, appId: theirs.appId, paused: true }],
  },
  listLimits: { for: 'owner', input: () => [theirs.accountId] },
  appLimitStates: { for: 'owner', input: () => [theirs.accountId, [theirs.appId]] },
  setLimit: {
    for: 'owner',
    input: () => [
      { accountId: theirs.accountId, scope: 'account', appId: null, window: 'day', amount: credits(1) },
    ],
  },
  resolveRunner: { for: 'owner', input: () => [{ user: theirs.user }] },
  startRun: {
    for: 'owner',
    input: () => [{ accountId: theirs.accountId, appId: null, cap: credits(1), label: null }],
  },
  getRun: { for: 'owner', input: () => [theirs.run] },
  listRuns: { for: 'owner', input: () => [{ accountId: theirs.accountId, status: null, ...page }] },
  raiseRun: { for: 'owner', input: () => [theirs.run, credits(100)] },
  closeRun: { for: 'owner', input: () => [theirs.run] },
  transferRewards: {
    for: 'owner',
    input: () => [{ accountId: theirs.accountId, amount: credits(1), idempotency: idempotency() }],
  },
  createApp: {
    for: 'owner',
    input: () => [{ accountId: theirs.accountId, name: 'Planted', visibility: 'public' }],
  },
  updateApp: { for: 'owner', input: () => [{ app: theirs.app, name: 'Renamed' }] },
  listApps: { for: 'owner', input: () => [{ accountId: theirs.accountId, ...page }] },
  listPayerApps: { for: 'owner', input: () => [theirs.accountId] },
  issueAppToken: { for: 'owner', input: () => [{ app: theirs.app, user: theirs.user }] },
  revokeConsent: { for: 'owner', input: () => [{ app: theirs.app, user: theirs.user }] },
  getRewards: { for: 'owner', input: () => [{ accountId: theirs.accountId, ...day, app: null }] },
  listTransfers: { for: 'owner', input: () => [{ accountId: theirs.accountId, limit: 10 }] },
  getBillingState: { for: 'owner', input: () => [{ user: theirs.user }] },
  refreshBilling: { for: 'owner', input: () => [{ user: theirs.user }] },
  findPlanChange: { for: 'owner', input: () => [{ user: theirs.user, plan: 'super' }] },
  changePlan: { for: 'owner', input: () => [{ user: theirs.user, plan: 'super', price: 'super_month_usd' }] },
  keepPlan: { for: 'owner', input: () => [{ user: theirs.user }] },
  startCheckout: { for: 'owner', input: () => [{ user: theirs.user, pack: 'small' }] },
  openBillingPortal: { for: 'owner', input: () => [{ user: theirs.user }] },
  listInvoices: { for: 'owner', input: () => [{ user: theirs.user, limit: 10 }] },
  completeCheckout: { for: 'owner', input: () => [{ sessionId: theirs.session }] },
  lastUsedDay: { for: 'owner', input: () => [theirs.accountId] },
  listUsedApps: { for: 'owner', input: () => [theirs.accountId] },
  summarizeUsage: { for: 'owner', input: () => [{ accountId: theirs.accountId, ...day }] },
  usageByDay: {
    for: 'owner',
    input: () => [{ accountId: theirs.accountId, ...day, view: 'operation', only: null }],
  },
  adviseUsage: { for: 'owner', input: () => [{ accountId: theirs.accountId, ...day }] },
  getCharge: { for: 'owner', input: () => [theirs.charge] },
  listRefunds: { for: 'owner', input: () => [theirs.charge] },
  listCharges: { for: 'owner', input: () => [filter()] },
  exportUsage: { for: 'owner', input: () => [filter()] },
  readStatement: { for: 'owner', input: () => [{ accountId: theirs.accountId, ...page }] },
  ownPriceChange: {
    for: 'owner',
    input: () => [{ accountId: theirs.accountId, side: 'paid' }],
  },
  exportStatement: { for: 'owner', input: () => [theirs.accountId] },
  listVersions: { for: 'operator', input: () => [] },
  getVersion: { for: 'operator', input: () => [1] },
  createDraft: { for: 'operator', input: () => [testDocument()] },
  updateDraft: { for: 'operator', input: () => [{ version: 1, document: testDocument(), revision: null }] },
  deleteDraft: { for: 'operator', input: () => [1] },
  scheduleDraft: { for: 'operator', input: () => [{ version: 1, from: new Date('2030-01-01T00:00:00Z') }] },
  withdraw: { for: 'operator', input: () => [1] },
  simulateVersion: { for: 'operator', input: () => [{ version: 1, ...day }] },
}

const verbs = calledVerbs()

async function call({ name, module }: Found, ctx: Context): Promise<unknown> {
  const loaded: Record<string, unknown> = await import(path.resolve(module))
  const input = ASKS[name]?.input() ?? []
  const answer = await (loaded[name] as Verb)(ctx, ...input)
  // A verb that yields its result in parts must refuse before the first part.
  return isGenerator(answer) ? answer.next() : answer
}

function isGenerator(value: unknown): value is AsyncGenerator {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

beforeAll(async () => {
  scenario = await createScenario()
  const { ctx } = scenario
  const { accountId, user } = await newAccount(scenario)
  const { createApp } = await import('@/lib/apps/create-app')
  const { chargeUse } = await import('@/lib/metering/charge-use')
  const { holdUse } = await import('@/lib/metering/hold-use')
  const { grantCredits } = await import('@/lib/credits/verbs/grant-credits')
  const { startRun } = await import('@/lib/credits/verbs/runs')
  const app = await createApp(ctx, { accountId, name: 'Theirs', visibility: 'private' })
  const asked = { user, ...use, ...PLAIN }
  const charge = await chargeUse(ctx, { ...asked, idempotencyKey: newKey() })
  const hold = await holdUse(ctx, { ...asked, idempotencyKey: newKey(), limit: null, expiresInSeconds: null })
  const grant = await grantCredits(ctx, {
    ...{ accountId, idempotency: idempotency(), amount: credits(50), reason: 'theirs', expiresAt: null },
  })
  const run = await startRun(ctx, { accountId, appId: null, cap: credits(10), label: null })
  await ctx.pool.query(
    `insert into checkout_sessions (id, account_id, kind, key, credits, amount, currency, quantity, status, created_at)
     values ('cs_theirs', $1, 'pack', 'small', 2000000, 600, 'usd', 1, 'open', $2)`,
    [accountId, ctx.clock.now()],
  )
  theirs = {
    ...{ accountId, user, app: publicId('app', app.id), appId: app.id, session: 'cs_theirs' },
    ...{ charge: charge.value.id, hold: hold.value.id, run: run.id, grant: grant.value.id },
  }
})
afterAll(() => scenario.close())

test('every verb is either listed as open, with a reason, or part of the authorisation matrix', () => {
  const names = verbs.map(({ name }) => name)
  expect(names.filter((name) => !(name in ASKS) && !(name in FOR_EVERYBODY))).toEqual([])
  expect(names).toEqual(expect.arrayContaining(['getBalance', 'grantCredits', 'chargeUse', 'exportUsage']))
  const isCalled = new Set(names)
  expect([...Object.keys(ASKS), ...Object.keys(FOR_EVERYBODY)].filter((name) => !isCalled.has(name))).toEqual(
    [],
  )
})

describe.each(verbs.filter(({ name }) => name in ASKS))('$name', (verb) => {
  const isFor = ASKS[verb.name]?.for
  const strangers: [string, () => Caller, unknown[]][] = [
    ['nobody', () => ({ kind: 'nobody' }), [Unauthenticated]],
    ['another user', () => ({ kind: 'user', userId: newUuid() }), [NotFound, Forbidden]],
    [
      'an app the user allowed',
      () => ({ kind: 'appToken', userId: theirs.accountId, appId: theirs.appId }),
      [Forbidden],
    ],
  ]
  if (isFor === 'operator')
    strangers.push(['themselves', () => ({ kind: 'user', userId: theirs.accountId }), [Forbidden]])

  test.each(strangers)('does nothing for %s', async (_who, caller, refusals) => {
    const before = await everything()
    const refused = await call(verb, { ...scenario.ctx, caller: caller() }).catch((error: unknown) => error)
    expect(refusals).toContain((refused as Error).constructor)
    expect(await everything()).toEqual(before)
  })
})

test('refused verbs leave the ledger unchanged', async () => {
  expect(await auditLedger(scenario.ctx.pool, { now: scenario.clock.now() })).toMatchObject({ clean: true })
})

/** Reads everything that a verb could have changed. */
async function everything(): Promise<unknown> {
  const { rows } = await scenario.ctx.pool.query(`
    select (select json_agg(w order by account_id) from wallets w) as wallets,
      (select json_agg(h order by id) from holds h) as holds, (select count(*) from charges) as charges,
      (select json_agg(r order by id) from runs r) as runs, (select count(*) from spending_limits) as limits,
      (select json_agg(a order by id) from apps a) as apps, (select count(*) from app_budgets) as budgets,
      (select count(*) from app_tokens) as tokens, (select count(*) from users) as users,
      (select count(*) from portal_links) as links, (select count(*) from catalog_versions) as versions`)
  return rows
}
