import type { Wanted } from '@/lib/billing'
import { MINUTE_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { grantCredits } from '@/lib/credits/verbs/grant-credits'
import { refundCharge } from '@/lib/credits/verbs/refund-charge'
import { chargeUse } from '@/lib/metering/charge-use'
import { captureUse, holdUse } from '@/lib/metering/hold-use'
import { hashRequest } from '@/lib/metering/request-hash'
import type { Millicredits } from '@/lib/millicredits'
import type { PlannedUse } from './plan-uses'
import type { Shop } from './shop'

/** The person of a step: the account, and its user's name in the API. */
export type Actor = { accountId: string; user: string }

type Deed = (ctx: Context, actor: Actor) => Promise<void>
/** An event in a person's history. Purchases run in chronological order across all people. */
export type Step = { at: Date } & (
  | { run: Deed; visit?: undefined }
  | { visit: (shop: Shop, ...deed: Parameters<Deed>) => Promise<void>; run?: undefined }
)

const NOTHING_ATTACHED = { reference: null, metadata: null, fingerprint: null }

/** A person's charges by the index of their use, for later steps that refer to them. */
export type MadeCharges = Map<number, string>

/** A use as the operator's server meters it: charged immediately, or held first and captured. */
export function meterStep(use: PlannedUse, index: number, made: MadeCharges): Step {
  return {
    at: use.at,
    run: async (ctx, { user }) => {
      const key = `demo-use-${index}`
      const { operation, usage, fingerprint } = use
      const who = { user, ...(use.app === null ? {} : { app: use.app }) }
      const annotations = { reference: `run-${String(index).padStart(4, '0')}`, metadata: null, fingerprint }
      if (use.hold === null) {
        const charged = await chargeUse(ctx, {
          ...who,
          operation,
          usage,
          idempotencyKey: key,
          ...annotations,
        })
        made.set(index, charged.value.id)
        return
      }
      const reserved = { operation, usage: use.hold.usage, limit: use.hold.limit, expiresInSeconds: null }
      const { value } = await holdUse(ctx, {
        ...who,
        ...reserved,
        idempotencyKey: `${key}-hold`,
        ...annotations,
      })
      const captured = await captureUse(ctx, { holdId: value.id, usage, idempotencyKey: key })
      made.set(index, captured.value.id)
    },
  }
}

/** Work in progress, whose hold is still open when the demo starts. */
export function openHoldStep(at: Date, app: string, operation: string, usage: Record<string, number>): Step {
  const day = 24 * 60 * 60
  const asked = { app, operation, usage, limit: null, expiresInSeconds: day, ...NOTHING_ATTACHED }
  return {
    at,
    run: async (ctx, { user }) => {
      await holdUse(ctx, { user, ...asked, idempotencyKey: 'demo-open-hold' })
    },
  }
}

export function buyStep(at: Date, wanted: Wanted): Step {
  return { at, visit: (shop, ctx, { accountId }) => shop.buy(ctx, accountId, wanted) }
}

export function renewalStep(at: Date): Step {
  return { at, visit: (shop, ctx) => shop.renew(ctx) }
}

export function promoStep(at: Date, amount: Millicredits, expiresAt: Date, reason: string): Step {
  return {
    at,
    run: async (ctx, { accountId }) => {
      await grantCredits(ctx, { accountId, amount, expiresAt, reason, idempotency: ownKey('demo-promo') })
    },
  }
}

const NOTICED_AFTER_MS = 35 * MINUTE_MS

/** Refunds a use that failed; with a null `amount`, in full. */
export function refundStep(
  use: PlannedUse,
  index: number,
  made: MadeCharges,
  { amount, reason }: { amount: Millicredits | null; reason: string },
): Step {
  return {
    at: new Date(use.at.getTime() + NOTICED_AFTER_MS),
    run: async (ctx, { accountId }) => {
      const chargeId = made.get(index)
      if (!chargeId) throw new Error(`use ${index} was not charged before its refund`)
      const idempotency = ownKey(`demo-refund-${index}`)
      await refundCharge(ctx, { accountId, chargeId, idempotency, reason, amount })
    },
  }
}

function ownKey(key: string) {
  return { key, fingerprint: hashRequest('demo', key) }
}
