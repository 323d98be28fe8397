import type { Millicredits } from '@/lib/millicredits'
import type { Usage } from '@/lib/pricing/usage'
import type { Annotations, Hold, Metered } from './records'

/** The caller's idempotency key and the hash of the request. */
export type Idempotency = { key: string; fingerprint: string }

/** An operation with its price, its tier and the creator who earns the premium. */
export type Priced = Metered & {
  base: Millicredits
  premium: Millicredits
  /** The tier that the payer's plan must include (docs/product.md, row 4). */
  tier: string
  /** The app's creator; null in the payer's own app or outside any app. */
  creatorId: string | null
  /**
   * Set if the current prices no longer include the operation: a repeated key is answered, a new request gets this error.
   */
  refusal?: Error | null
}

export type ChargeInput = Priced & Annotations & { accountId: string; idempotency: Idempotency }

export type HoldInput = Priced &
  Annotations & {
    accountId: string
    idempotency: Idempotency
    limit: Millicredits | null
    /** Null applies the catalogue's default. */
    expiresInSeconds: number | null
  }

export type CaptureInput = {
  /**
   * The hold as read before the lock. Its account, operation and price never change; its status is checked again under the
   * lock.
   */
  hold: Hold
  idempotency: Idempotency
  usage: Usage
  /** The price of `usage` at the hold's own price version and premium rate. */
  base: Millicredits
  premium: Millicredits
  creatorId: string | null
}
