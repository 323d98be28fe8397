import assert from 'node:assert/strict'
import type { Pool } from 'pg'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { formatReport } from '@/lib/audit/format-report'
import { withManyPlans } from '@/lib/catalog/many-plans.test-support'
import { knowCatalogs } from '@/lib/catalogs/current'
import { ManualClock } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { getBalance } from '@/lib/credits/verbs/get-balance'
import { newUuid } from '@/lib/ids'
import { createUser } from '@/lib/users/create-user'
import { aroundOf, mayExceed } from './around.test-support'
import { type Said, type Stage, send } from './execute.test-support'
import { explain, type Happened, isAmbiguous, type Look } from './explain.test-support'
import { NO_NEWS, planCommand } from './plan-command.test-support'
import { countLeft, countReached, type Reached } from './reached.test-support'
import { CREATOR_DAILY_MAX, earningsFrom, netOf } from './reward-rules.test-support'
import type { Command } from './rules.test-support'
import {
  APP_CREATORS,
  available,
  copyOf,
  held,
  type ModelAccount,
  openedAccount,
  openHolds,
  settle,
  settleKeys,
  timeOf,
} from './state.test-support'
import { type Advance, BURST_MIN, type Step } from './steps.test-support'
import {
  expectConserved,
  type Looked,
  lookedAt,
  NEVER_LOOKED,
  readStored,
  storedOf,
} from './stored.test-support'

/** Start times near month ends and a leap day, so that some months lack the sign-up day. */
const STARTS = [
  '2026-03-10T09:00:00Z',
  '2026-01-31T23:59:59Z',
  '2024-02-29T00:00:00Z',
  '2027-12-30T12:00:00Z',
]
const ACCOUNTS = 12
const DAY = 24 * 3_600_000
/**
 * The number of steps between full comparisons. Every step compares its answers and, if several orders fit, the stored
 * rows.
 */
const STEPS_BETWEEN_LOOKS = 8
/**
 * The maximum number of concurrent commands per account, so that every order can be tried. Bursts of charges need no order.
 */
const TOGETHER_MAX = 6
// The catalogue contains the model's plans.
knowCatalogs([withManyPlans()])

/** One in this many runs gives every account a large pack, so that days come near the velocity limits. */
const RICH_RUNS = 4
const RICH_PACK = { amount: 400_000_000, cents: 100_000, expiresAt: null }

type World = {
  stage: Stage
  clock: ManualClock
  accounts: ModelAccount[]
  looked: Looked[]
  past: Command[][]
  keys: number
  run: string
  sent: number
  reached: Reached
}

/**
 * Runs steps against the real ledger and the model in an empty database. Throws if they differ in an answer, in stored
 * rows, in the sums of payers and creators, in the final balances or in the audit. `pools` are the servers, each with its
 * own connections and batches. Returns the number of commands and the cases reached.
 */
export async function runSteps(
  pools: Pool[],
  steps: Step[],
): Promise<{ commands: number; reached: Reached }> {
  const world = await openWorld(pools, STARTS[steps.length % STARTS.length] ?? '')
  if (steps.length % RICH_RUNS === 0) await makeRich(world)
  for (const [index, step] of steps.entries()) {
    advance(world, step.advance)
    if (step.opens) await openAccount(world)
    await runStep(world, step)
    if (index % STEPS_BETWEEN_LOOKS === STEPS_BETWEEN_LOOKS - 1) await lookAtAll(world)
  }
  await finish(world)
  countLeft(world.reached, world.accounts)
  return { commands: world.sent, reached: world.reached }
}

function poolOf(world: World): Pool {
  const [server] = world.stage.servers
  assert(server)
  return server.pool
}

async function openWorld(pools: Pool[], start: string): Promise<World> {
  const [pool] = pools
  assert(pool)
  await emptyDatabase(pool)
  const clock = new ManualClock(start)
  const servers = pools.map(
    (each): Context => ({ pool: each, clock, caller: { kind: 'system', name: 'model' }, requestId: 'model' }),
  )
  const appIds = APP_CREATORS.map(() => newUuid())
  const stage = { servers, accountIds: [], appIds }
  const world: World = {
    stage,
    clock,
    accounts: [],
    looked: [],
    past: [],
    keys: 0,
    run: newUuid(),
    sent: 0,
    reached: new Map(),
  }
  for (let index = 0; index < ACCOUNTS; index += 1) await openAccount(world)
  const creators = APP_CREATORS.map((creator) => world.stage.accountIds[creator])
  await pool.query(
    `insert into apps (id, creator_id, name, slug, visibility, created_at)
     select id, creator, 'Model', id::text, 'public', $3 from unnest($1::uuid[], $2::uuid[]) x (id, creator)`,
    [appIds, creators, clock.now()],
  )
  return world
}

async function openAccount(world: World): Promise<void> {
  const { servers, accountIds } = world.stage
  const [ctx] = servers
  assert(ctx)
  const { id } = await createUser(ctx, { email: `${newUuid()}@example.com`, name: null, externalId: null })
  world.accounts.push(openedAccount(world.clock.now().getTime(), accountIds.length))
  world.looked.push(NEVER_LOOKED)
  world.past.push([])
  accountIds.push(id)
  world.clock.advance(1_000)
}

/**
 * Append-only tables refuse even this, so the guard is off in this transaction. TRUNCATE is as slow on an empty table, so
 * only filled tables are emptied; tables referenced by foreign keys are emptied by DELETE.
 */
async function emptyDatabase(pool: Pool): Promise<void> {
  const { rows: tables } = await pool.query<{ name: string; is_pointed_at: boolean }>(
    `select format('%I', tablename) as name, exists (
       select 1 from pg_constraint c where c.contype = 'f' and c.confrelid = format('%I', tablename)::regclass
     ) as is_pointed_at
     from pg_tables where schemaname = 'public' and tablename not like '\\_%'`,
  )
  const looks = tables.map(({ name }) => `exists (select 1 from ${name}) as ${name}`)
  const { rows } = await pool.query<Record<string, boolean>>(`select ${looks.join(', ')}`)
  const filled = tables.filter(({ name }) => rows[0]?.[name])
  const empties = filled.map(({ name, is_pointed_at }) =>
    is_pointed_at ? `delete from ${name};` : `truncate ${name};`,
  )
  await pool.query(`begin; set local session_replication_role = replica; ${empties.join(' ')} commit`)
}

function makeRich(world: World): Promise<void> {
  return perform(
    world,
    world.accounts.map((_, account) => {
      const key = nextKey(world)
      const pack = { ...RICH_PACK, line: `${key}-line`, payment: `${key}-payment` }
      return { account, key, kind: 'billing', reading: { ...NO_NEWS, packs: [pack] } }
    }),
  )
}

function nextKey(world: World): string {
  world.keys += 1
  return `${world.run}-${world.keys}`
}

/** Moves the clock by a duration, or to about the instant at which something falls due. */
function advance(world: World, by: Advance): void {
  const now = world.clock.now().getTime()
  if ('by' in by) {
    world.clock.advance(by.by)
    return
  }
  const midnight = (Math.floor(now / DAY) + 1) * DAY
  const due = [midnight, ...world.accounts.flatMap(duesOf)].filter((at) => at > now)
  const next = due.sort((left, right) => left - right)[by.toDue % Math.min(due.length, 5)]
  world.clock.moveTo(new Date((next ?? now + 1) + by.beside))
}

function duesOf(account: ModelAccount): number[] {
  const holds = openHolds(account).map((hold) => hold.expiresAt)
  const grants = account.grants.flatMap((grant) => [grant.expiresAt ?? 0, grant.end ?? 0])
  const runs = account.runs.slice(-3).map((run) => run.closesAt)
  return [...holds, ...grants, ...runs, account.planEndsAt ?? 0]
}

function runStep(world: World, step: Step): Promise<void> {
  const clock = world.clock.now().getTime()
  const turns = new Map<number, number>()
  const commands = step.groups.flatMap((group) => {
    const index = group.account % world.accounts.length
    const account = world.accounts[index]
    assert(account)
    return group.actions.flatMap((action) => {
      const turn = turns.get(index) ?? 0
      if (turn >= TOGETHER_MAX && group.actions.length < BURST_MIN) return []
      turns.set(index, turn + 1)
      const rewards = netOf(earningsFrom(world.accounts, index)) - account.transferred
      const past = world.past[index] ?? []
      return planCommand({ action, account, rewards, past, key: nextKey(world), clock, turn })
    })
  })
  return perform(world, commands)
}

/** Sends commands concurrently and moves each account to the state that explains the answers. */
async function perform(world: World, commands: Command[]): Promise<void> {
  const clock = world.clock.now().getTime()
  const { servers } = world.stage
  const said = await Promise.all(
    commands.map((command, at) => {
      // Most commands go to one server, where concurrent ones share a batch.
      const ctx = servers[at % 4 === 3 ? servers.length - 1 : 0]
      assert(ctx)
      return send(world.stage, ctx, command)
    }),
  )
  const happened = await withOnHold(world, commands, said)
  const before = [...world.accounts]
  world.sent += commands.length
  countReached(world.reached, happened, before)
  for (const index of new Set(commands.map((command) => command.account))) {
    const account = before[index]
    assert(account)
    const group = happened.filter(({ command }) => command.account === index)
    const around = aroundOf(before, index, happened)
    const looked = isAmbiguous(group) ? await look(world, index, refsOf(group, 'hold')) : null
    const after = settleKeys(explain(account, group, { clock, around }, looked))
    world.accounts[index] = after
    if (looked) world.looked[index] = lookedAt(after, looked.at)
    world.past[index]?.push(...group.map(({ command }) => command))
  }
}

/** Reads withheld rewards if they depend on other accounts, that is, near a creator's daily limit. */
async function withOnHold(world: World, commands: Command[], said: Said[]): Promise<Happened[]> {
  const happened = commands.flatMap((command, at): Happened[] => {
    const one = said[at]
    return one ? [{ command, said: one, onHold: null }] : []
  })
  if (!mayExceed(world.accounts, happened, world.clock.now().getTime(), CREATOR_DAILY_MAX)) return happened
  const { rows } = await poolOf(world).query<{ id: string; on_hold: number }>({
    name: 'model-on-hold',
    text: 'select id, reward_on_hold as on_hold from charges where id = any ($1::uuid[])',
    values: [refsOf(happened, 'charge', 'capture')],
  })
  const onHold = new Map(rows.map((row) => [row.id, row.on_hold]))
  return happened.map((one) => ({ ...one, onHold: onHold.get(one.said.ref) ?? null }))
}

/** The ids of the objects that a group's commands of the given kinds created. */
const refsOf = (group: Happened[], ...kinds: Command['kind'][]) =>
  group
    .filter(({ command, said: { answer } }) => kinds.includes(command.kind) && answer.ok && !answer.replayed)
    .map(({ said }) => said.ref)

async function look(world: World, index: number, newHolds: string[]): Promise<Look & { at: string }> {
  const looked = world.looked[index] ?? NEVER_LOOKED
  const account = world.accounts[index]
  assert(account)
  const { accountIds, appIds } = world.stage
  const accountId = accountIds[index] ?? ''
  return { looked, ...(await readStored(poolOf(world), { accountId, appIds, account, looked, newHolds })) }
}

/** Compares all changes since the last look. No command may be running. */
async function lookAtAll(world: World): Promise<void> {
  for (const [index, account] of world.accounts.entries()) {
    const { stored, looked, at } = await look(world, index, [])
    assert.deepEqual(
      stored,
      storedOf(account, looked),
      `the stored rows of account ${index} differ from the model`,
    )
    world.looked[index] = lookedAt(account, at)
  }
  await expectConserved(poolOf(world), world.accounts, world.stage.accountIds)
}

/** Compares everything again, because rows compared earlier must not have changed since. */
async function finish(world: World): Promise<void> {
  const [ctx] = world.stage.servers
  assert(ctx)
  world.looked = world.looked.map(() => NEVER_LOOKED)
  await lookAtAll(world)
  for (const [index, account] of world.accounts.entries()) {
    const settled = copyOf(account)
    settle(settled, timeOf(account, world.clock.now().getTime()))
    const balance = await getBalance(ctx, world.stage.accountIds[index] ?? '')
    const net = netOf(earningsFrom(world.accounts, index)) - account.transferred
    assert.deepEqual(
      {
        available: balance.available,
        held: balance.held,
        plan: balance.plan.key,
        endsAt: balance.plan.endsAt?.getTime() ?? null,
        rewards: [balance.rewards.balance, balance.rewards.owed],
      },
      {
        available: available(settled),
        held: held(settled),
        plan: settled.plan,
        endsAt: settled.planEndsAt,
        rewards: [Math.max(0, net), Math.max(0, -net)],
      },
      'the balance differs from the model',
    )
  }
  const report = await auditLedger(ctx.pool, { now: world.clock.now() })
  assert(report.clean, formatReport(report))
}
