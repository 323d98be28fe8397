/**
 * The data of an event, by type: ids, amounts and instants in the form of the HTTP contract, never a name, an address
 * or a text. `lib/contract/events.ts` describes each field.
 */
export type EventData = {
  'balance.low': { line: BalanceLine; at: number; available: number; held: number }
  'balance.exhausted': { available: number; held: number; resetsAt: string | null }
  'balance.refilled': { lines: BalanceLine[]; available: number; held: number }
  'limit.reached': {
    scope: 'account' | 'editor' | 'app'
    app: string | null
    window: 'day' | 'week' | 'month'
    required: number
    limit: number
    used: number
    held: number
    resetsAt: string | null
  }
  'run.capped': {
    run: string
    app: string | null
    required: number
    cap: number
    spent: number
    held: number
  }
  'allowance.started': {
    grant: string
    plan: string
    amount: number
    periodStart: string
    periodEnd: string
  }
  'plan.changed': { before: string; plan: string; endsAt: string | null }
  'plan.payment_failed': { plan: string; nextAttemptAt: string | null }
  'plan.ending': { plan: string; endsAt: string }
  'pack.purchased': { grant: string; amount: number; expiresAt: string | null }
  'pack.expiring': { grant: string; remaining: number; expiresAt: string }
  'grant.created': { grant: string; source: 'promo' | 'reward'; amount: number; expiresAt: string | null }
  'refund.created': { refund: string; charge: string; amount: number }
  'topup.succeeded': { pack: string; grant: string; amount: number }
  'topup.failed': { pack: string; reason: 'declined' | 'action_required' | 'monthly_max' }
  'reward.withheld': { day: string; amount: number }
  'reward.reversed': { day: string; amount: number }
  'consent.given': { app: string }
  'consent.revoked': { app: string }
  'user.updated': { fields: ('email' | 'name' | 'externalId')[] }
  'catalog.scheduled': { version: number; effectiveAt: string }
  'catalog.effective': { version: number; effectiveAt: string }
  'webhook.test': { endpoint: string }
}

export type EventType = keyof EventData

/** A threshold of the balance: a fifth of the allowance, or nothing at all. */
export type BalanceLine = 'allowance' | 'empty'

/** An event of one type with its data. */
export type Told<Type extends EventType = EventType> = { [T in Type]: { type: T; data: EventData[T] } }[Type]
