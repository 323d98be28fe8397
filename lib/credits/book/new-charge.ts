import { ZERO } from '@/lib/millicredits'
import type { CaptureInput } from './inputs'
import { type Annotations, type Charge, type Metered, paidOf } from './records'
import { rewardOf } from './reward'

/** What is charged: the price, what of it nobody pays, and who earns from it. */
export type NewCharge = Metered &
  Annotations &
  Pick<Charge, 'accountId' | 'base' | 'premium' | 'absorbed' | 'creatorId' | 'holdId'>

/** The place of a charge among the movements of its account, and the grants that paid it. */
export type Placed = Pick<Charge, 'id' | 'at' | 'balanceAfter' | 'parts'>

export function newCharge(input: NewCharge, { id, at, balanceAfter, parts }: Placed): Charge {
  return {
    id,
    accountId: input.accountId,
    at,
    operation: input.operation,
    appId: input.appId,
    creatorId: input.creatorId,
    usage: input.usage,
    base: input.base,
    premium: input.premium,
    absorbed: input.absorbed,
    reward: input.creatorId === null ? ZERO : rewardOf(input.base, input.premium, paidOf(input)),
    priceVersion: input.priceVersion,
    premiumBps: input.premiumBps,
    parts,
    balanceAfter,
    holdId: input.holdId,
    reference: input.reference,
    metadata: input.metadata,
    fingerprint: input.fingerprint,
  }
}

/** The charge that captures a hold, all of it paid: operation, app, price version, premium rate and annotations are the hold's. */
export function chargeOfHold({ hold, usage, base, premium, creatorId }: CaptureInput): NewCharge {
  const { accountId, operation, appId, priceVersion, premiumBps, reference, metadata, fingerprint } = hold
  return {
    accountId,
    operation,
    appId,
    usage,
    base,
    premium,
    absorbed: ZERO,
    creatorId,
    priceVersion,
    premiumBps,
    holdId: hold.id,
    reference,
    metadata,
    fingerprint,
  }
}
