import type { Pool } from 'pg'
import { DAY_MS, ManualClock } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { currentClock } from '@/lib/current-clock'
import { createPool, databaseUrl } from '@/lib/db/pool'
import { publicId } from '@/lib/ids'
import { createUser } from '@/lib/users/create-user'
import { makeApp } from './seed/apps'
import { EVERYBODY, type SeedPerson } from './seed/people'
import type { Actor } from './seed/steps'
import { signedUpAt, storyOf } from './seed/stories'

export { demoBanner } from '@/lib/demo/banner'

/**
 * Fills a new demo database with a month of a few people by calling the product's own verbs with a clock that moves from
 * their sign-up until now. The same `now` gives the same history. To be called once for a database.
 */
export async function seedDemo(now: Date = currentClock().now()): Promise<void> {
  const lives = await Promise.all(EVERYBODY.map((person) => signUp(person, now)))
  try {
    // Everybody's apps are there before anybody uses one.
    for (const life of lives) await makeApps(life, now)
    await Promise.all(lives.map((life) => live(life, now)))
  } finally {
    await Promise.all(lives.map((life) => life.pool.end()))
  }
}

/**
 * A history that is cut off is thrown away whole, so its commits need not wait for the disk one by one; the first commit
 * after it, which does wait, brings all of them there.
 */
function quickUrl(): string {
  const url = new URL(databaseUrl())
  url.searchParams.set('options', '-c synchronous_commit=off')
  return url.toString()
}

/** Each person has a time of their own, and a pool with it: charges of one pool are batched at one time. */
type Life = { person: SeedPerson; actor: Actor; pool: Pool; clock: ManualClock; ctx: Context }

async function signUp(person: SeedPerson, now: Date): Promise<Life> {
  const pool = createPool(quickUrl(), { max: 1 })
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

async function live({ person, actor, clock, ctx }: Life, now: Date): Promise<void> {
  for (const step of storyOf(person, now)) {
    clock.moveTo(step.at)
    await step.run(ctx, actor)
  }
}
