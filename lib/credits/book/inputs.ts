import type { Millicredits } from '@/lib/millicredits'
import type { Usage } from '@/lib/pricing/usage'
import type { Annotations, Hold, Metered } from './records'

/** The caller's idempotency key and the hash of the request. */
export type Idempotency = { key: string; fingerprint: string }

/** An operation with its price, its tier and the creator who earns the premium in another person's app. */
export type Priced = Metered & {
  base: Millicredits
  premium: Millicredits
  /** The operation's tier, which the payer's plan must include (docs/product.md, row 4). */
  tier: string
  /** The app's creator; null in the payer's own app and outside any app. */
  creatorId: string | null
  /** Set if current prices no longer include the operation: a repeated key gets its answer, a new request gets this error. */
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
  /** The hold as read earlier: its account, operation and price never change. Its status is checked again under the lock. */
  hold: Hold
  idempotency: Idempotency
  usage: Usage
  /** The price of `usage` at the hold's own price version and premium rate. */
  base: Millicredits
  premium: Millicredits
  creatorId: string | null
}
