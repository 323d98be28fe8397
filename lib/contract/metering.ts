import { z } from '@hono/zod-openapi'
import { USAGE_COUNT_MAX } from '@/lib/catalog'
import { appRef, credits, operationKey, text, time, userRef } from './fields'

/** The longest usage in seconds: a day. */
const USAGE_SECONDS_MAX = 86_400

const count = z.int().min(0).max(USAGE_COUNT_MAX).optional()
/** A quantity that is required if the operation prices it. */
const quantity = z.int().min(1).max(USAGE_COUNT_MAX).optional()

/** `lib/pricing` decides which of these fields an operation accepts. */
export const usage = z
  .object({
    inputTokens: count,
    cachedInputTokens: count,
    outputTokens: count,
    toolCalls: count,
    webSearch: z.boolean().optional(),
    pages: quantity,
    images: quantity,
    seconds: z.number().gt(0).lte(USAGE_SECONDS_MAX).optional(),
    characters: quantity,
  })
  .catchall(z.union([z.number().min(0).max(USAGE_COUNT_MAX), z.boolean()]).optional())
  .openapi('Usage', {
    description:
      'The consumption of the operation. The catalogue may add fields. Those that the operation does not price are refused.',
  })

export type UsageJson = z.output<typeof usage>

/** The origin of a charge (docs/api.md, "Metering"). */
export const surface = z.enum(['editor', 'app', 'api'])
export const grantSource = z.enum(['allowance', 'pack', 'reward', 'promo'])
export const holdStatus = z.enum(['open', 'captured', 'released', 'expired'])

const METADATA_PAIRS_MAX = 10

const metadata = z
  .record(text(500), text(500))
  .refine((pairs) => Object.keys(pairs).length <= METADATA_PAIRS_MAX, {
    message: `must have at most ${METADATA_PAIRS_MAX} pairs`,
  })
  .openapi({ maxProperties: METADATA_PAIRS_MAX })

/** Who pays: a user and an optional app, or an app token. */
export const payer = {
  user: userRef.optional(),
  app: appRef.optional(),
  appToken: text(500, 1)
    .optional()
    .openapi({ description: "Proves one user's consent for one app, instead of `user` and `app`." }),
}

/** The payer of a use and the run it belongs to. */
export const who = {
  ...payer,
  run: text(200, 1)
    .optional()
    .openapi({ description: 'The run (`run_…`) whose cap the use counts against.' }),
}

type Who = { user?: string | undefined; app?: string | undefined; appToken?: string | undefined }

export function namesOnce({ user, app, appToken }: Who): boolean {
  return appToken === undefined || (user === undefined && app === undefined)
}
export const NAMES_ONCE = Object.freeze({
  path: ['appToken'],
  error: 'already names the payer: leave out `user` and `app`',
})

export const use = { operation: operationKey, usage }

export const annotations = {
  reference: text(200).optional(),
  metadata: metadata.optional(),
  fingerprint: text(64).optional(),
}

export const chargeFields = { ...who, ...use, ...annotations }

const annotationsOut = {
  reference: z.string().nullable(),
  metadata: z.record(z.string(), z.string()).nullable(),
  fingerprint: z.string().nullable(),
}

export const priceLine = z
  .strictObject({
    kind: z.enum(['usage', 'minimum', 'surcharge', 'premium']),
    operation: z.string(),
    label: z.string(),
    quantity: z.number(),
    unit: z.string(),
    unitPlural: z.string(),
    rate: credits,
    per: z.int(),
    amount: credits,
  })
  .openapi('PriceLine')
export type LineJson = z.output<typeof priceLine>

export const quote = z
  .strictObject({
    base: credits,
    premium: credits,
    total: credits,
    lines: z.array(priceLine),
    available: credits.optional(),
    affordable: z.boolean().optional(),
    allowed: z.boolean().optional().openapi({ description: 'The plan includes the operation.' }),
  })
  .openapi('Quote', {
    description:
      'The last three fields are present if a payer is named; an app token never receives `available`.',
  })
export type QuoteJson = z.output<typeof quote>

export const hold = z
  .strictObject({
    id: z.string(),
    user: z.string(),
    app: z.string().nullable(),
    run: z.string().nullable(),
    operation: z.string(),
    amount: credits,
    limit: credits.nullable(),
    status: holdStatus,
    expiresAt: time,
    createdAt: time,
    ...annotationsOut,
  })
  .openapi('Hold')
export type HoldJson = z.output<typeof hold>

export const charge = z
  .strictObject({
    id: z.string(),
    user: z.string(),
    app: z.string().nullable(),
    run: z.string().nullable(),
    surface,
    operation: z.string(),
    base: credits,
    premium: credits,
    total: credits,
    absorbed: credits,
    refunded: credits,
    usage,
    lines: z.array(priceLine),
    funding: z.array(z.strictObject({ source: grantSource, amount: credits })),
    priceVersion: z.int(),
    hold: z.string().nullable(),
    ...annotationsOut,
    createdAt: time,
  })
  .openapi('Charge')
export type ChargeJson = z.output<typeof charge>

export const refund = z
  .strictObject({
    id: z.string(),
    charge: z.string(),
    amount: credits,
    reason: z.string(),
    rewardReversed: credits,
    createdAt: time,
  })
  .openapi('Refund')
export type RefundJson = z.output<typeof refund>
