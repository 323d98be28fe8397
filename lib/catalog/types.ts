import type { Millicredits } from '@/lib/millicredits'

/** A pair of colours for light and dark pages, as `#rrggbb`. */
export type Color = { light: string; dark: string }

/** The operator's name on pages, mails and receipts. */
export type Brand = { name: string; supportEmail: string | null; accent: Color | null }

/** A unit of quantities and typical prices: `page`, `token`. */
export type Unit = { key: string; singular: string; plural: string }

/** A field of usage that is multiplied by a rate (docs/api.md, "Usage"). */
export type UsageField = {
  key: string
  /** The label of its line on a receipt: "Input tokens". */
  label: string
  /** The words of its rate: "0.5 per 1,000 input tokens". */
  singular: string
  plural: string
  /** The key of the unit of its quantity. */
  unit: string
  unitPlural: string
  /** The number of decimals a quantity may have, 0 to 3. */
  decimals: number
  /** The largest quantity of one use. */
  max: number
  /** True if a use must contain it with a value above 0; other fields default to 0. */
  required: boolean
  /** The field whose quantity includes this one's, such as `inputTokens` for `cachedInputTokens`. */
  partOf: string | null
  /** The fields that are part of this one. */
  parts: readonly string[]
  /** 10 to the power of `decimals`. */
  scale: number
  /** The usual range of the estimator's slider, which starts at `step` or 0. */
  slider: { max: number; step: number }
}

/** A boolean usage field that adds another operation's surcharge. */
export type UsageFlag = { key: string; label: string }

/** A family of operations. Charts, lists and badges have one hue per family, in three shades. */
export type Family = {
  key: string
  label: string
  /** The fill of bars and dots. */
  color: Color
  /** The fill for operations that not every plan includes, and the text on `soft`. */
  strong: Color
  soft: Color
}

/** A class of operations that a plan may include. */
export type Tier = { key: string; name: string }

/**
 * `amount` for every `per` units, pro rata: 500 per 1,000 is exactly half a millicredit per unit. The first `included`
 * units of a request are free.
 */
export type Rate = { amount: Millicredits; per: number; included?: number }

export type Operation = {
  key: string
  name: string
  /** One sentence. */
  description: string
  /** Two or three typical uses. */
  examples: readonly string[]
  /** The key of its tier. Plans that include the tier include the operation. */
  tier: string
  /** The key of its family. */
  family: string
  /** The key of the unit of `shownAs`. */
  unit: string
  /** The displayed range; typical, never a cap. */
  shownAs: string
  /** One rate per usage field the operation prices; none for a surcharge. */
  rates: Readonly<Record<string, Rate>>
  /** The usage fields of `rates`, in the order of the catalogue. */
  fields: readonly UsageField[]
  /** The minimum price before surcharges; 0 means there is none. */
  minimum: Millicredits
  /** The surcharge this operation adds to another request; null for an operation charged on its own. */
  surcharge: Millicredits | null
  /** The operation whose surcharge each flag adds, keyed by flag. */
  surchargedBy: Readonly<Record<string, string>>
  /** The flags of `surchargedBy`, in the order of the catalogue. */
  flags: readonly UsageFlag[]
  /** The cheaper alternative that every plan includes; null if there is none. */
  cheaperAlternative: string | null
  /** An everyday use, from which the estimator starts. */
  everyday: Readonly<Record<string, number>>
}

/** Prices in minor units (cents, or whole yen) by currency, as Stripe writes it: `usd`. The first is the main one. */
export type Prices = Readonly<Record<string, number>>

/** The credits are those of the whole trial. */
export type Trial = { days: number; credits: Millicredits }

export type Plan = {
  key: string
  name: string
  /** A higher-ranked plan includes at least what a lower-ranked one does. */
  rank: number
  /** The billing interval. The credits are granted anew each month. */
  interval: 'month' | 'year'
  monthlyCredits: Millicredits
  /** Empty for the free plan. */
  prices: Prices
  /** The keys of the tiers whose operations the plan includes. */
  tiers: readonly string[]
  /** The trial before the first payment, for a person who has never had one; null if there is none. */
  trial: Trial | null
  /** The operator's own words on the plan's card. */
  sellingPoints: readonly string[]
}

export type Pack = {
  key: string
  name: string
  credits: Millicredits
  prices: Prices
  /** Null means that the credits never expire. */
  expiresAfterDays: number | null
}

export type Terms = {
  /** The default and the maximum duration of a hold (docs/api.md, "Metering"). */
  holdSecondsDefault: number
  holdSecondsMax: number
  /** How long after its expiry a hold can still be captured. */
  lateCaptureSecondsMax: number
  /** How long a paid allowance stays spendable while its renewal is being paid (docs/architecture.md, "Periods"). */
  renewalGraceHoursMax: number
  /** The lifetime of refunded credits whose grant has expired (docs/architecture.md, "Refund of a charge"). */
  refundPromoDays: number
  /** The velocity limits per UTC day, from one payer to one creator and to one creator in total; the excess is withheld. */
  rewardPerPayerDailyMax: Millicredits
  rewardPerCreatorDailyMax: Millicredits
  /** Creators see uses and per-operation figures only of periods with this many payers (docs/product.md, row 9). */
  creatorFiguresPayersMin: number
}

/** The part of a catalogue version that prices a use and that receipts are computed from. */
export type PriceVersion = {
  version: number
  /** The premium on the base price in someone else's app, in hundredths of a percent: 1000 is 10 %. */
  creatorPremiumBps: number
  usageFields: readonly UsageField[]
  usageFlags: readonly UsageFlag[]
  units: readonly Unit[]
  operations: readonly Operation[]
}

/** A version of the catalogue: everything the operator decides, in effect from an instant on. */
export type Catalog = PriceVersion & {
  /** Null only for the first version, which is valid from the beginning. */
  effectiveFrom: Date | null
  /** The document as the operator wrote it, without the provider's costs. */
  document: object
  brand: Brand
  families: readonly Family[]
  tiers: readonly Tier[]
  /** The currencies in which everything is sold; the first is the main one. */
  currencies: readonly string[]
  plans: readonly Plan[]
  packs: readonly Pack[]
  terms: Terms
}
