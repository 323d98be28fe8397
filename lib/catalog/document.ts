import { z } from 'zod'
import { BPS_MAX, DECIMALS_MAX, DOCUMENT_BYTES_MAX, TRIAL_DAYS_MAX, USAGE_COUNT_MAX } from './limits'

/*
 * The catalogue as the operator writes it: one JSON document. Credits are numbers with at most three decimals, money is in
 * minor units, and rates are keyed by usage field. `GET /api/catalog.schema.json` publishes this schema.
 */

const key = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9._-]{0,63}$/,
    'must begin with a letter and consist of letters, digits, ".", "_" and "-"',
  )
  .refine((text) => !(text in Object.prototype), 'is a reserved name')
const words = z.string().trim().min(1, 'is missing').max(500)
const color = z.string().regex(/^#[0-9a-f]{6}$/, 'must be a colour such as #1a2b3c')
const colors = z.strictObject({ light: color, dark: color })
const whole = (least: number) => z.int().min(least)
const credits = z.number().min(0)
const byCurrency = z.record(z.string(), whole(1))

const rate = z.strictObject({
  amount: credits.meta({ description: 'Credits for every `per` units, pro rata.' }),
  per: whole(1),
  included: whole(0).optional().meta({ description: 'The first units of a request that cost nothing.' }),
  cost: z.number().min(0).optional().meta({
    description:
      'What the provider charges for every `per` units, in minor units of the main currency; never shown to people.',
  }),
})

export const document = z
  .strictObject({
    brand: z.strictObject({
      name: words,
      supportEmail: z.email().nullable().default(null),
      accent: colors.nullable().default(null),
    }),
    units: z.array(z.strictObject({ key: words, singular: words, plural: words })),
    usageFields: z.array(
      z.strictObject({
        key,
        label: words,
        singular: words,
        plural: words,
        unit: words,
        decimals: z.int().min(0).max(DECIMALS_MAX).default(0),
        max: z.int().min(1).max(USAGE_COUNT_MAX).default(USAGE_COUNT_MAX),
        required: z.boolean().default(false),
        partOf: key.nullable().default(null),
        slider: z.strictObject({ max: z.number().gt(0), step: z.number().gt(0) }),
      }),
    ),
    usageFlags: z.array(z.strictObject({ key, label: words })).default([]),
    families: z.array(z.strictObject({ key, label: words, color: colors, strong: colors, soft: colors })),
    tiers: z.array(z.strictObject({ key, name: words })),
    operations: z
      .array(
        z.strictObject({
          key,
          name: words,
          description: words,
          examples: z.array(words).min(2, 'needs two or three').max(3, 'needs two or three'),
          family: key,
          tier: key,
          unit: words,
          shownAs: words,
          rates: z.record(z.string(), rate).default({}),
          minimum: credits.default(0),
          surcharge: credits.nullable().default(null),
          surchargedBy: z.record(z.string(), key).default({}),
          cheaperAlternative: key.nullable().default(null),
          everyday: z.record(z.string(), z.number().min(0)).default({}),
        }),
      )
      .min(1, 'is empty'),
    currencies: z.array(z.string()).default([]).meta({
      description:
        'The currencies in which everything is sold, the main one first; optional if there is only one.',
    }),
    plans: z.array(
      z.strictObject({
        key,
        name: words,
        rank: whole(0),
        interval: z.enum(['month', 'year']).default('month').meta({ description: 'The billing interval.' }),
        prices: byCurrency
          .default({})
          .meta({ description: 'Minor units by currency; empty for the free plan.' }),
        credits: credits.meta({ description: 'A month.' }),
        tiers: z.array(key),
        trialDays: whole(1).max(TRIAL_DAYS_MAX).nullable().default(null).meta({
          description: 'The length of a trial, once per account and per card; needs `trialCredits`.',
        }),
        trialCredits: credits
          .gt(0)
          .nullable()
          .default(null)
          .meta({ description: 'For the whole trial; at most the credits of a month.' }),
        sellingPoints: z
          .array(words)
          .default([])
          .meta({ description: 'Sentences on the plan’s card, below those that its tiers imply.' }),
      }),
    ),
    packs: z.array(
      z.strictObject({
        key,
        name: words,
        credits,
        prices: byCurrency,
        expiresAfterDays: whole(1).nullable().default(null),
      }),
    ),
    premium: z
      .number()
      .min(0)
      .max(1, 'is more than 100 %')
      .refine((share) => Math.round(share * BPS_MAX) / BPS_MAX === share, 'has more than four decimals')
      .meta({ description: "The creator's share on top of the base price: 0.1 is 10 %." }),
    terms: z.strictObject({
      holdSecondsDefault: whole(1),
      holdSecondsMax: whole(1),
      lateCaptureSecondsMax: whole(1),
      renewalGraceHoursMax: whole(1),
      refundPromoDays: whole(1),
      rewardPerPayerDailyMax: credits,
      rewardPerCreatorDailyMax: credits,
      creatorFiguresPayersMin: whole(1),
    }),
  })
  .meta({
    title: 'Catalogue',
    description: `A catalogue document of at most ${DOCUMENT_BYTES_MAX / 1024} KiB.`,
  })

/** The JSON Schema of what the operator writes. */
export function catalogSchema(): object {
  return z.toJSONSchema(document, { io: 'input' })
}

/** The operator's input, with defaults left out. */
export type CatalogDocument = z.input<typeof document>
/** A document with its defaults, not yet checked as a whole. */
export type ParsedDocument = z.output<typeof document>
