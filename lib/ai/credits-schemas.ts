import { z } from 'zod'

/*
 * What the credits API answers, as far as this platform reads it. Fields that are not named here are left alone: a contract
 * may grow without breaking whoever uses it.
 */

/** What an operation consumed (api.md, "Usage"). */
export type Usage = {
  inputTokens?: number
  cachedInputTokens?: number
  outputTokens?: number
  toolCalls?: number
  webSearch?: boolean
  pages?: number
  images?: number
  seconds?: number
  characters?: number
}

const amount = z.number()

const priceLine = z.object({
  kind: z.enum(['usage', 'minimum', 'surcharge', 'premium']),
  operation: z.string(),
  label: z.string(),
  quantity: z.number(),
  unit: z.string(),
  rate: amount,
  per: z.number(),
  amount,
})

export const quoteSchema = z.object({
  base: amount,
  premium: amount,
  total: amount,
  lines: z.array(priceLine),
  affordable: z.boolean().nullish(),
  allowed: z.boolean().nullish(),
})
/** A price, in credits. Nothing was moved. */
export type Quote = z.output<typeof quoteSchema>

export const holdSchema = z.object({
  id: z.string(),
  user: z.string(),
  app: z.string().nullable(),
  operation: z.string(),
  amount,
  limit: amount.nullable(),
  status: z.enum(['open', 'captured', 'released', 'expired']),
  expiresAt: z.string(),
})
/** Credits set aside for one action. */
export type Hold = z.output<typeof holdSchema>

export const chargeSchema = z.object({
  id: z.string(),
  app: z.string().nullable(),
  operation: z.string(),
  base: amount,
  premium: amount,
  total: amount,
  absorbed: amount,
  refunded: amount,
  usage: z.record(z.string(), z.union([z.number(), z.boolean()])),
  lines: z.array(priceLine),
  funding: z.array(z.object({ source: z.string(), amount })),
  hold: z.string().nullable(),
  reference: z.string().nullable(),
  createdAt: z.string(),
})
/** The receipt of one action, in credits. */
export type Charge = z.output<typeof chargeSchema>

export const tokenSchema = z.object({ token: z.string(), expiresAt: z.string() })
export type AppToken = z.output<typeof tokenSchema>

const option = z.object({
  kind: z.enum(['upgrade', 'pack', 'wait', 'budget', 'cheaper_operation']),
  label: z.string(),
  href: z.string().optional(),
  operation: z.string().optional(),
})
/** A way out of a refusal: taking it would make this very request succeed. */
export type RefusalOption = z.output<typeof option>

export const problemSchema = z.object({
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.string(),
  requestId: z.string(),
  options: z.array(option).optional(),
  required: amount.optional(),
  available: amount.optional(),
  shortfall: amount.optional(),
  resetsAt: z.string().nullish(),
  budget: amount.optional(),
  used: amount.optional(),
  plan: z.string().optional(),
  href: z.string().optional(),
  existing: z.string().optional(),
  holdStatus: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})
/** Why a call was refused (RFC 9457), with what its code adds. */
export type Problem = z.output<typeof problemSchema>
