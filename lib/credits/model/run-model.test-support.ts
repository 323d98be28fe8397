import assert from 'node:assert/strict'
import type { Pool } from 'pg'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { formatReport } from '@/lib/audit/format-report'
import { ManualClock } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { type IdKind, newUuid, publicId } from '@/lib/ids'
import { createUser } from '@/lib/users/create-user'
import { getBalance } from '../get-balance'
import { type Said, type Stage, send } from './execute.test-support'
import { apply, type Command } from './rules.test-support'
import {
  type Answer,
  available,
  held,
  type ModelAccount,
  openedAccount,
  settle,
  timeOf,
  total,
} from './state.test-support'
import { planCommand, type Step } from './steps.test-support'
import { difference, readStored, storedOf } from './stored.test-support'

/** Month ends and a leap day among them, so that sign-up days get clipped. */
const STARTS = [
  '2026-03-10T09:00:00Z',
  '2026-01-31T23:59:59Z',
  '2024-02-29T00:00:00Z',
  '2027-12-30T12:00:00Z',
]
const ACCOUNTS = 3
/** Orders of one group tried before it is given up as undecided; in practice a few hundred. */
const TRIES_MAX = 500_000

/** What a command makes, where that is not a grant. */
const ID_KINDS = new Map<string, IdKind>([
  ['charge', 'charge'],
  ['capture', 'charge'],
  ['hold', 'hold'],
  ['extend', 'hold'],
  ['release', 'hold'],
  ['refund', 'refund'],
])

type World = {
  stage: Stage
  clock: ManualClock
  models: ModelAccount[]
  past: Command[][]
  keys: number
  run: string
}

/**
 * Runs steps against the real ledger and the model, in an empty database, and throws where the two differ: in an answer,
 * in what is stored after any step, in the balance at the end, or in the audit. Returns how many commands it sent.
 */
export async function runSteps(pool: Pool, steps: Step[]): Promise<number> {
  const world = await openWorld(pool, STARTS[steps.length % STARTS.length] ?? '')
  let sent = 0
  for (const step of steps) {
    world.clock.advance(step.advance === 0 ? 1 : step.advance)
    if (step.opens) await openAccount(world)
    sent += await runStep(world, step)
  }
  await finish(world)
  return sent
}

async function openWorld(pool: Pool, start: string): Promise<World> {
  await emptyDatabase(pool)
  const clock = new ManualClock(start)
  const ctx: Context = { pool, clock, caller: { kind: 'system', name: 'model' }, requestId: 'model' }
  const appId = newUuid()
  const world: World = {
    stage: { ctx, accountIds: [], appId },
    clock,
    models: [],
    past: [],
    keys: 0,
    run: newUuid(),
  }
  for (let index = 0; index < ACCOUNTS; index += 1) await openAccount(world)
  await pool.query(
    `insert into apps (id, creator_id, name, slug, visibility, created_at) values ($1, $2, 'Model', $3, 'public', $4)`,
    [appId, world.stage.accountIds[0], appId, clock.now()],
  )
  return world
}

async function openAccount(world: World): Promise<void> {
  const { ctx, accountIds } = world.stage
  const { id } = await createUser(ctx, { email: `${newUuid()}@example.com`, name: null, externalId: null })
  world.models.push(openedAccount(world.clock.now().getTime(), accountIds.length === 0))
  world.past.push([])
  accountIds.push(id)
  world.clock.advance(1_000)
}

async function emptyDatabase(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ tables: string }>(
    `select string_agg(format('%I', tablename), ', ') as tables from pg_tables
     where schemaname = 'public' and tablename not like '\\_%'`,
  )
  await pool.query(`truncate ${rows[0]?.tables} cascade`)
}

async function runStep(world: World, step: Step): Promise<number> {
  const clock = world.clock.now().getTime()
  const first = step.actions[0]?.account ?? 0
  const commands = step.actions.map((action, turn) => {
    const index = (step.together ? first : action.account) % world.models.length
    const account = world.models[index]
    assert(account)
    world.keys += 1
    const key = `${world.run}-${world.keys}`
    return planCommand({ action, index, account, past: world.past[index] ?? [], key, clock, turn })
  })
  const said = await Promise.all(commands.map((command) => send(world.stage, command)))
  for (const index of new Set(commands.map((command) => command.account))) {
    const group = commands.flatMap((command, at) => {
      const one = said[at]
      return command.account === index && one ? [{ command, said: one }] : []
    })
    world.models[index] = await explain(world, index, group, clock)
    world.past[index]?.push(...group.map(({ command }) => command))
  }
  return commands.length
}

type Happened = { command: Command; said: Said }

/** The account after the group: some order of its commands must give exactly these answers, and exactly what is stored. */
async function explain(world: World, index: number, group: Happened[], clock: number): Promise<ModelAccount> {
  const before = world.models[index]
  assert(before)
  const ids = group.map(({ said }) => said.ref).filter((ref) => ref !== '')
  const stored = await readStored(world.stage.ctx.pool, world.stage.accountIds[index] ?? '', ids)
  let tries = 0
  let nearest: unknown = null
  const search = (account: ModelAccount, left: Happened[]): ModelAccount | null => {
    if (left.length === 0) {
      const modelled = storedOf(account, ids)
      if (isSame(modelled, stored)) return account
      nearest = difference(modelled, stored)
      return null
    }
    const failedBefore = new Set<string>()
    for (const happened of left) {
      tries += 1
      if (tries > TRIES_MAX) throw new Error('a group of commands has too many orders to decide')
      const { command, said } = happened
      const same = JSON.stringify([{ ...command, key: '' }, said])
      if (failedBefore.has(same)) continue
      failedBefore.add(same)
      const next = apply(account, command, clock, said.ref)
      if (!isSame(named(next.answer), said.answer)) {
        nearest ??= { command, modelled: named(next.answer), said: said.answer }
        continue
      }
      const found = search(
        next.account,
        left.filter((other) => other !== happened),
      )
      if (found) return found
    }
    return null
  }
  const found = search(before, group)
  if (found) return found
  const facts = { account: index, clock: new Date(clock), group, nearest }
  throw new Error(`no order of these commands explains what happened: ${JSON.stringify(facts, null, 1)}`)
}

/** A conflict names what the key made by its public id. */
function named(answer: Answer): Answer {
  if (answer.ok || answer.code !== 'idempotency_conflict') return answer
  const kind = ID_KINDS.get(String(answer.facts.kind)) ?? 'grant'
  return { ...answer, facts: { existing: publicId(kind, String(answer.facts.existing)) } }
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}

async function finish(world: World): Promise<void> {
  const { ctx, accountIds } = world.stage
  for (const [index, account] of world.models.entries()) {
    const settled = structuredClone(account)
    settle(settled, timeOf(account, world.clock.now().getTime()))
    const balance = await getBalance(ctx, accountIds[index] ?? '')
    assert.deepEqual(
      {
        available: balance.available,
        held: balance.held,
        plan: balance.plan.key,
        endsAt: balance.plan.endsAt?.getTime() ?? null,
      },
      { available: available(settled), held: held(settled), plan: settled.plan, endsAt: settled.planEndsAt },
      'the balance differs from the model',
    )
  }
  const { rows } = await ctx.pool.query(
    `select coalesce(sum(earned_paid), 0)::bigint as paid, coalesce(sum(earned_free), 0)::bigint as free,
      (select coalesce(sum(reversed), 0)::bigint from reward_accounts) as reversed from reward_counters`,
  )
  const sumOf = (pick: (account: ModelAccount) => number) => total(world.models.map(pick))
  assert.deepEqual(
    { ...rows[0] },
    {
      paid: sumOf((one) => one.earnedPaid),
      free: sumOf((one) => one.earnedFree),
      reversed: sumOf((one) => one.reversed),
    },
    'the rewards differ from the model',
  )
  const report = await auditLedger(ctx.pool, { now: world.clock.now() })
  assert(report.clean, formatReport(report))
}
