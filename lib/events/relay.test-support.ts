import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import pLimit from 'p-limit'
import type { Pool } from 'pg'
import type { Context } from '@/lib/context'
import { grantCredits } from '@/lib/credits/verbs/grant-credits'
import { refundCharge } from '@/lib/credits/verbs/refund-charge'
import { createPool } from '@/lib/db/pool'
import { newUuid, publicId } from '@/lib/ids'
import { chargeUse } from '@/lib/metering/charge-use'
import { captureUse, holdUse } from '@/lib/metering/hold-use'
import { createScenario, credits, newAccount, newKey, PLAIN } from '@/lib/testing/scenario'
import { type Event, listEvents } from './list-events'

const RELAY = path.join(import.meta.dirname, 'relay-process.test-support.ts')
/** The number of concurrent commands per writer. */
const AT_ONCE = 24
const READ_EVERY_MS = 20

type Options = { movements: number; accounts: number; seed: number; killEveryMs: number }

export type Run = { events: number; kills: number; lagP95Ms: number }

/**
 * Makes random movements through two writers while two relays, in processes of their own, are killed in turn and at
 * random. Throws unless the feed has every event that the ledger must cause, once, numbered without gaps and in each
 * account's order.
 */
export async function runRelays({ movements, accounts, seed, killEveryMs }: Options): Promise<Run> {
  const scenario = await createScenario()
  const { url } = scenario.database
  const other = createPool(url)
  const writers: Context[] = [scenario.ctx, { ...scenario.ctx, pool: other }]
  // Fewer than the pool's connections.
  const oneOfFew = pLimit(8)
  const people = await Promise.all(
    Array.from({ length: accounts }, () => oneOfFew(() => newAccount(scenario))),
  )
  await noteWriting(scenario.ctx.pool)
  const relays = new Relays(url)
  const reader = readFeed(scenario.ctx)
  try {
    await relays.start()
    const killing = relays.killAtRandom(killEveryMs)
    await Promise.all(
      writers.map((ctx, place) =>
        write(ctx, { people, count: movements / writers.length, seed: seed + place }),
      ),
    )
    await killing.stop()
    const deadline = Date.now() + 60_000
    while ((await scenario.ctx.pool.query('select 1 from outbox')).rowCount !== 0) {
      assert(Date.now() < deadline, 'the outbox is not empty a minute after the last movement')
      await pause(READ_EVERY_MS)
    }
    await pause(5 * READ_EVERY_MS)
    const seen = await reader.stop()
    await checkFeed(scenario.ctx.pool, seen, people)
    return {
      events: seen.length,
      kills: killing.kills,
      lagP95Ms: await lagOf(scenario.ctx.pool, seen),
    }
  } finally {
    await reader.stop()
    await relays.stop()
    await other.end()
    await scenario.close()
  }
}

class Relays {
  readonly #running: ChildProcess[] = []
  constructor(private readonly url: string) {}

  async start(): Promise<void> {
    this.#running.push(await this.#fork(), await this.#fork())
  }

  /** Kills one of the relays every now and then, and starts another in its place. */
  killAtRandom(everyMs: number) {
    const state = { kills: 0, isOver: false }
    const work = (async () => {
      while (!state.isOver) {
        await pause(everyMs * (0.5 + Math.random()))
        const [victim] = this.#running.splice(Math.random() < 0.5 ? 0 : 1, 1)
        const gone = once(victim as ChildProcess, 'exit')
        victim?.kill('SIGKILL')
        await gone
        state.kills += 1
        this.#running.push(await this.#fork())
      }
    })()
    return {
      get kills() {
        return state.kills
      },
      stop: () => {
        state.isOver = true
        return work
      },
    }
  }

  async stop(): Promise<void> {
    for (const child of this.#running) {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    }
  }

  async #fork(): Promise<ChildProcess> {
    const env = { ...process.env, DATABASE_URL: this.url, APP_ENV: 'test' }
    const child = fork(RELAY, { env, execArgv: ['--import', 'tsx'] })
    await once(child, 'message')
    return child
  }
}

/** Records with a trigger when each event was written, because the outbox deletes its rows. */
async function noteWriting(pool: Pool): Promise<void> {
  await pool.query(`
    create table public.written (id uuid primary key, at timestamptz not null);
    create function public.note_written() returns trigger language plpgsql as
      $$ begin insert into public.written values (new.id, clock_timestamp()); return null; end $$;
    create trigger note_written after insert on outbox for each row execute function public.note_written()`)
}

type Seen = Event & { seenAt: number }

/** Follows the feed as a platform does. */
function readFeed(ctx: Context) {
  const seen: Seen[] = []
  let isOver = false
  const work = (async () => {
    let after = 0
    while (!isOver) {
      const { events, next } = await listEvents(ctx, { after, type: null, accountId: null, limit: 1_000 })
      const seenAt = Date.now()
      seen.push(...events.map((event) => ({ ...event, seenAt })))
      after = next
      await pause(READ_EVERY_MS)
    }
    return seen
  })()
  return {
    stop: () => {
      isOver = true
      return work
    },
  }
}

type Person = { accountId: string; user: string }

/** A writer keeps several commands under way; each is refused or takes effect. */
async function write(
  ctx: Context,
  { people, count, seed }: { people: Person[]; count: number; seed: number },
): Promise<void> {
  const kind = fc.constantFrom('charge', 'charge', 'charge', 'charge', 'charge', 'hold', 'grant', 'refund')
  const command = fc.record({
    kind,
    person: fc.nat({ max: people.length - 1 }),
    pages: fc.integer({ min: 1, max: 12 }),
  })
  const commands = fc.sample(command, { numRuns: Math.ceil(count), seed }).values()
  const made: { accountId: string; id: string }[] = []
  const worker = async () => {
    for (const { kind, person, pages } of commands) {
      const { accountId, user } = people[person] as Person
      const use = {
        user,
        operation: 'web.extract',
        usage: { pages },
        idempotencyKey: newKey(),
        ...PLAIN,
      }
      const idempotency = { key: newKey(), fingerprint: newUuid() }
      const done = async () => {
        if (kind === 'charge') made.push({ accountId, id: (await chargeUse(ctx, use)).value.id })
        else if (kind === 'hold') {
          const { value } = await holdUse(ctx, { ...use, limit: null, expiresInSeconds: null })
          await captureUse(ctx, { holdId: value.id, idempotencyKey: newKey(), usage: { pages } })
        } else if (kind === 'grant')
          await grantCredits(ctx, {
            accountId,
            idempotency,
            amount: credits(pages * 20),
            reason: 'test',
            expiresAt: null,
          })
        else {
          const charge = made.splice(Math.floor(made.length / 2), 1)[0]
          if (charge)
            await refundCharge(ctx, {
              accountId: charge.accountId,
              chargeId: charge.id,
              idempotency,
              reason: 'test',
              amount: null,
            })
        }
      }
      await done().catch((error: unknown) => {
        assert.equal((error as { code?: string }).code, 'insufficient_credits', String(error))
      })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

type Movement = {
  account_id: string
  kind: 'charge' | 'grant' | 'refund'
  id: string
  source: string | null
  /** The amount that it adds to the used part of the allowance. */
  allowance: number
  balance: number
}

/** Every movement of the ledger in each account's order, with what it did to the allowance and the balance. */
const MOVEMENTS = `
  with allowance as (select account_id, id from grants where source = 'allowance'),
  part as (
    select c.account_id, c.at, 'charge' as kind, c.id, null as source, c.balance_after as balance,
      (select coalesce(sum(p.amount), 0) from unnest(c.grant_ids, c.grant_amounts) p (id, amount)
        join allowance a on a.account_id = c.account_id and a.id = p.id) as allowance
    from charges c
    union all
    select r.account_id, r.at, 'refund', r.id, null, r.balance_after,
      (select -coalesce(sum(p.amount), 0) from unnest(r.grant_ids, r.grant_amounts) p (id, amount)
        join allowance a on a.account_id = r.account_id and a.id = p.id)
    from refunds r
    union all
    select e.account_id, e.at, e.kind, e.grant_id, g.source, e.balance_after, 0
    from entries e join grants g on g.account_id = e.account_id and g.id = e.grant_id)
  select account_id, kind, id, source, balance, allowance::bigint as allowance from part order by account_id, at`

const ALLOWANCE = 1_000_000
const LOW = 200_000

/** The events that the movements of one account must cause, by an independent reading of the rules. */
function expectedOf(movements: Movement[]): string[] {
  const told: string[] = []
  const lines = new Set<string>()
  let used = 0
  for (const { kind, id, source, allowance, balance } of movements) {
    used += allowance
    if (kind === 'grant')
      told.push(`${source === 'allowance' ? 'allowance.started' : 'grant.created'} ${publicId('grant', id)}`)
    if (kind === 'refund') told.push(`refund.created ${publicId('refund', id)}`)
    const reached = { allowance: ALLOWANCE - used <= LOW, empty: balance === 0 }
    if (reached.allowance && !lines.has('allowance')) told.push('balance.low allowance')
    if (reached.empty && !lines.has('empty')) told.push('balance.exhausted')
    const refilled = (['allowance', 'empty'] as const).filter((line) => !reached[line] && lines.has(line))
    if (refilled.length > 0) told.push(`balance.refilled ${refilled.join(' ')}`)
    lines.clear()
    if (reached.allowance) lines.add('allowance')
    if (reached.empty) lines.add('empty')
  }
  return told
}

function inWords(event: Event): string {
  switch (event.type) {
    case 'allowance.started':
    case 'grant.created':
      return `${event.type} ${event.data.grant}`
    case 'refund.created':
      return `${event.type} ${event.data.refund}`
    case 'balance.low':
      return `${event.type} ${event.data.line}`
    case 'balance.refilled':
      return `${event.type} ${event.data.lines.join(' ')}`
    default:
      return event.type
  }
}

function byKey<Item, Key>(items: Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}

async function checkFeed(pool: Pool, seen: Event[], people: Person[]): Promise<void> {
  assert.deepEqual(
    seen.map(({ seq }) => seq),
    seen.map((_, place) => place + 1),
    'the feed has a gap or a repetition',
  )
  assert.equal(new Set(seen.map(({ id }) => id)).size, seen.length, 'an id appeared twice')
  const { rows } = await pool.query<Movement>(MOVEMENTS)
  const movements = byKey(rows, ({ account_id }) => account_id)
  const told = byKey(seen, ({ accountId }) => accountId)
  for (const { accountId } of people)
    assert.deepEqual(
      (told.get(accountId) ?? []).map(inWords),
      expectedOf(movements.get(accountId) ?? []),
      `the feed of account ${accountId} differs from its ledger`,
    )
}

async function lagOf(pool: Pool, seen: Seen[]): Promise<number> {
  const { rows } = await pool.query<{ id: string; at: Date }>('select id, at from public.written')
  const writtenAt = new Map(rows.map(({ id, at }) => [id, at.getTime()]))
  const lags = seen
    .flatMap(({ id, seenAt }) => {
      const at = writtenAt.get(id)
      return at === undefined ? [] : [seenAt - at]
    })
    .toSorted((left, right) => left - right)
  return lags[Math.floor(lags.length * 0.95)] ?? 0
}
