import { type Millicredits, ZERO } from '@/lib/millicredits'
import type { CaptureInput } from './inputs'
import { type Annotations, type Charge, type Metered, paidOf } from './records'
import { rewardOf } from './reward'

/** A charge's content and the creator who earns from it. */
export type NewCharge = Metered &
  Annotations &
  Pick<Charge, 'accountId' | 'base' | 'premium' | 'creatorId'> & {
    /** The part of the price that the balance could not cover (default 0). */
    absorbed?: Millicredits
    /** The captured hold; set only for a capture. */
    holdId?: string
  }

/** The position of a charge among its account's movements and the grants that paid for it. */
export type Placed = Pick<Charge, 'id' | 'at' | 'balanceAfter' | 'parts'>

export function newCharge(input: NewCharge, { id, at, balanceAfter, parts }: Placed): Charge {
  const { base, premium, absorbed = ZERO } = input
  const paid = paidOf({ base, premium, absorbed })
  return {
    id,
    accountId: input.accountId,
    at,
    operation: input.operation,
    appId: input.appId,
    runId: input.runId,
    creatorId: input.creatorId,
    usage: input.usage,
    base,
    premium,
    absorbed,
    reward: input.creatorId === null ? ZERO : rewardOf(base, premium, paid),
    priceVersion: input.priceVersion,
    premiumBps: input.premiumBps,
    parts,
    balanceAfter,
    holdId: input.holdId ?? null,
    reference: input.reference,
    metadata: input.metadata,
    fingerprint: input.fingerprint,
  }
}

/** Builds the charge that captures a hold. Operation, app, price version, premium rate and annotations are the hold's. */
export function chargeOfHold({
  hold,
  usage,
  base,
  premium,
  creatorId,
}: CaptureInput): NewCharge & { holdId: string } {
  const { accountId, operation, appId, runId, priceVersion, premiumBps, reference, metadata, fingerprint } =
    hold
  return {
    accountId,
    operation,
    appId,
    runId,
    usage,
    base,
    premium,
    creatorId,
    priceVersion,
    premiumBps,
    holdId: hold.id,
    reference,
    metadata,
    fingerprint,
  }
}
