import type { Millicredits } from '@/lib/millicredits'
import type { Usage } from '@/lib/pricing/usage'
import type { Annotations, Hold, Metered } from './records'

/** The caller's key, and the hash of the request it stands for. */
export type Idempotency = { key: string; fingerprint: string }

/** What an operation costs, and the tier it belongs to; who earns the premium, when somebody else made the app. */
export type Priced = Metered & {
  base: Millicredits
  premium: Millicredits
  /** Of the operation: the payer's plan must include it (docs/product.md, row 4). */
  tier: string
  /** The app's creator; null in one's own app and outside any. */
  creatorId: string | null
  /** Set when today's prices no longer know the operation: a repeated key is answered, anything new is refused with this. */
  refusal?: Error | null
}

export type ChargeInput = Priced & Annotations & { accountId: string; idempotency: Idempotency }

export type HoldInput = Priced &
  Annotations & {
    accountId: string
    idempotency: Idempotency
    limit: Millicredits | null
    /** Null: the catalogue's default. */
    expiresInSeconds: number | null
  }

export type CaptureInput = {
  /** The hold as read before: its account, operation and price never change. Whether it is open is decided under the lock. */
  hold: Hold
  idempotency: Idempotency
  usage: Usage
  /** The price of `usage` at the hold's own price version and premium rate. */
  base: Millicredits
  premium: Millicredits
  creatorId: string | null
}
