import type { Pool } from 'pg'
import { needsLocalStripe } from '@/lib/billing/stripe-client'
import { DAY_MS, ManualClock } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { currentClock } from '@/lib/current-clock'
import { createPool, databaseUrl } from '@/lib/db/pool'
import { type Env, getEnv } from '@/lib/env'
import { publicId } from '@/lib/ids'
import { createUser } from '@/lib/users/create-user'
import { makeApp } from './seed/apps'
import { EVERYBODY, type SeedPerson } from './seed/people'
import { openShop, type Shop } from './seed/shop'
import type { Actor, Step } from './seed/steps'
import { signedUpAt, storyOf } from './seed/stories'

export { demoBanner } from '@/lib/demo/banner'

/**
 * Fills a new demo database with a few people's history of a month or more, by calling the product's verbs with a clock
 * that moves from sign-up until now. Purchases use the local Stripe, whose state file is kept with the database. The same
 * `now` gives the same history. Call it once per database.
 */
export async function seedDemo(now: Date = currentClock().now(), env: Env = getEnv()): Promise<void> {
  const lives = await Promise.all(EVERYBODY.map((person) => signUp(person, now)))
  const begin = new Date(Math.min(...lives.map(({ clock }) => clock.now().getTime())))
  // With a real Stripe, where payments cannot be invented, the history has no purchases.
  const shop = needsLocalStripe(env) ? await openShop(env, begin) : null
  try {
    // All apps exist before any is used.
    for (const life of lives) await makeApps(life, now)
    const stories = lives.map(({ person }) => storyOf(person, now, { canBuy: shop !== null }))
    const turns = turnsAtShop(stories.flat())
    await Promise.all(lives.map((life, index) => live(life, { story: stories[index] ?? [], shop, turns })))
  } finally {
    await Promise.all(lives.map((life) => life.pool.end()))
  }
  shop?.keep()
}

/**
 * An interrupted history is discarded as a whole, so its commits need not wait for the disk; the first later commit,
 * which does wait, makes all of them durable.
 */
function quickUrl(): string {
  const url = new URL(databaseUrl())
  url.searchParams.set('options', '-c synchronous_commit=off')
  return url.toString()
}

/** A purchase reads while it writes. */
const CONNECTIONS_MAX = 3

/** Each person has a separate clock and pool, because the charges of a pool are batched at one time. */
type Life = { person: SeedPerson; actor: Actor; pool: Pool; clock: ManualClock; ctx: Context }

async function signUp(person: SeedPerson, now: Date): Promise<Life> {
  const pool = createPool(quickUrl(), { max: CONNECTIONS_MAX })
  const clock = new ManualClock(signedUpAt(person, now))
  const ctx: Context = {
    pool,
    clock,
    caller: { kind: 'system', name: 'demo' },
    requestId: `demo-${person.key}`,
  }
  const { id } = await createUser(ctx, {
    ...person,
    emailVerified: person.hasProvedEmail ? clock.now() : null,
  })
  return { person, actor: { accountId: id, user: publicId('user', id) }, pool, clock, ctx }
}

async function makeApps({ person, actor, clock, ctx }: Life, now: Date): Promise<void> {
  clock.moveTo(new Date(Math.min(clock.now().getTime() + DAY_MS / 24, now.getTime())))
  for (const app of person.apps) await makeApp(ctx, actor.accountId, app)
}

type Turn = { comes: Promise<void>; end: () => void }

/** Orders visits to the shop by time across all people: each visit waits for the previous one. */
function turnsAtShop(steps: Step[]): Map<Step, Turn> {
  const visits = steps
    .filter(({ visit }) => visit)
    .sort((one, other) => one.at.getTime() - other.at.getTime())
  const turns = new Map<Step, Turn>()
  let comes = Promise.resolve()
  for (const visit of visits) {
    let end: () => void = () => undefined
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    turns.set(visit, { comes, end })
    comes = ended
  }
  return turns
}

type Plan = { story: Step[]; shop: Shop | null; turns: Map<Step, Turn> }

async function live({ actor, clock, ctx }: Life, { story, shop, turns }: Plan): Promise<void> {
  try {
    for (const step of story) {
      const turn = turns.get(step)
      await turn?.comes
      clock.moveTo(step.at)
      if (step.run) await step.run(ctx, actor)
      else if (shop) await step.visit(shop, ctx, actor)
      turn?.end()
    }
  } finally {
    // After a failure, the remaining turns end, so that later visits do not wait for them.
    for (const step of story) turns.get(step)?.end()
  }
}
