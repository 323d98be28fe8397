/*
 * What the pages read of the API's answers (docs: /api/openapi.json). Amounts are credits, times RFC 3339 in UTC. Pages
 * render the first data on the server in this same shape, so that one component shows both.
 */

export type BalanceJson = {
  plan: { key: 'free' | 'super'; name: string; status: string; endsAt: string | null }
  available: number
  held: number
  allowance: {
    limit: number
    used: number
    held: number
    remaining: number
    periodStart: string | null
    resetsAt: string | null
  }
  packs: { remaining: number }
  promo: { remaining: number }
  moved: { remaining: number }
}

export type HoldJson = {
  id: string
  app: string | null
  operation: string
  amount: number
  expiresAt: string
  reference: string | null
}

export type SummaryJson = {
  total: number
  byOperation: { operation: string; total: number; charges: number }[]
  byDay: { day: string; total: number }[]
}

export type LineJson = {
  kind: 'usage' | 'minimum' | 'surcharge' | 'premium'
  operation: string
  label: string
  quantity: number
  unit: string
  rate: number
  per: number
  amount: number
}

export type ChargeJson = {
  id: string
  app: string | null
  surface: 'editor' | 'app' | 'api'
  operation: string
  total: number
  absorbed: number
  refunded: number
  lines: LineJson[]
  funding: { source: 'allowance' | 'pack' | 'reward' | 'promo'; amount: number }[]
  priceVersion: number
  hold: string | null
  reference: string | null
  metadata: Record<string, string> | null
  fingerprint: string | null
  createdAt: string
}

/** One time something of a charge was given back. */
export type RefundJson = { id: string; amount: number; reason: string; createdAt: string }

export type ListJson<Item> = { data: Item[]; nextCursor: string | null }
