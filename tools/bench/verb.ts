import { randomUUID } from 'node:crypto'
import { findOperation } from '@/lib/catalog'
import { catalogAt } from '@/lib/catalogs/current'
import type { ChargeInput } from '@/lib/credits/book/inputs'
import { chargeCredits, chargeSingly } from '@/lib/credits/verbs/charge-credits'
import { premiumBpsFor, priceUsage } from '@/lib/pricing/price'
import { closedLoop, type Sample } from './measure'
import type { Stage } from './stage'

export const OPERATION = 'ai.standard'
export const USAGE = { inputTokens: 1_200, outputTokens: 300 }

/** The common features of a run's charges. */
export type Shape = 'uniform' | 'hot account' | 'hot creator' | 'no app'
export const SHAPES: readonly Shape[] = ['uniform', 'hot account', 'hot creator', 'no app']

/** `singly`: one transaction per charge. `batched`: the verb, which gathers charges. */
export type Way = 'singly' | 'batched'

/** Each user has a few of the many apps. */
const APPS_PER_ACCOUNT = 4

function appOf({ apps }: Stage, place: number) {
  return apps[(place * 7 + Math.floor(Math.random() * APPS_PER_ACCOUNT)) % apps.length]
}

/** Makes charges of a shape, priced as `POST /charges` would. */
export function chargesOf(stage: Stage, shape: Shape): () => ChargeInput {
  const version = catalogAt(stage.ctx.clock.now())
  const operation = findOperation(version, OPERATION)
  if (!operation) throw new Error(`there is no ${OPERATION}`)
  const premiumBps = premiumBpsFor({ version, operation, inOthersApp: shape !== 'no app' })
  const price = priceUsage({ version, operation, usage: USAGE, premiumBps })
  return () => {
    const place = shape === 'hot account' ? 0 : Math.floor(Math.random() * stage.accounts.length)
    const app = shape === 'hot creator' ? stage.apps[0] : appOf(stage, place)
    const inApp = shape === 'no app' ? null : app
    return {
      accountId: stage.accounts[place] ?? '',
      idempotency: { key: randomUUID(), fingerprint: '00000000-0000-0000-0000-000000000000' },
      operation: OPERATION,
      usage: USAGE,
      base: price.base,
      premium: price.premium,
      priceVersion: price.priceVersion,
      premiumBps,
      tier: 'standard',
      appId: inApp?.id ?? null,
      runId: null,
      creatorId: inApp?.creatorId ?? null,
      reference: null,
      metadata: null,
      fingerprint: null,
    }
  }
}

type Run = { way: Way; shape: Shape; clients: number; seconds: number; warmupSeconds: number }

/** Charges through the verb for some seconds; every charge must succeed. */
export function runVerb(stage: Stage, { way, shape, ...loop }: Run): Promise<Sample> {
  const next = chargesOf(stage, shape)
  const charge = way === 'singly' ? chargeSingly : chargeCredits
  return closedLoop(loop, async () => {
    await charge(stage.ctx, next())
    return 1
  })
}
