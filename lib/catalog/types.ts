import type { Millicredits } from '@/lib/millicredits'

/** The fields of usage that are multiplied by a rate (docs/api.md, "Usage"). */
export const RATED_FIELDS = [
  'pages',
  'images',
  'seconds',
  'characters',
  'inputTokens',
  'cachedInputTokens',
  'outputTokens',
  'toolCalls',
] as const
export type RatedField = (typeof RATED_FIELDS)[number]

/** Fields that a request must contain with a value above 0; the other rated fields default to 0. */
export const REQUIRED_FIELDS: readonly RatedField[] = ['pages', 'images', 'seconds', 'characters']

/** Boolean usage fields that add another operation's surcharge. */
export const SURCHARGE_FIELDS = ['webSearch'] as const
export type SurchargeField = (typeof SURCHARGE_FIELDS)[number]

export type UsageField = RatedField | SurchargeField

export const OPERATION_FAMILIES = ['editor', 'text', 'web', 'image', 'video', 'speech'] as const
/** The family of an operation. Charts, lists and badges have one colour per family. */
export type OperationFamily = (typeof OPERATION_FAMILIES)[number]

/** A class of operations that a plan may include. */
export type Tier = { key: string; name: string }

/** The unit of `shownAs`. */
export type OperationUnit = 'request' | 'page' | 'image' | 'second'

/**
 * `amount` for every `per` units, pro rata: 500 per 1,000 is exactly half a millicredit per unit. The first `included`
 * units of a request are free.
 */
export type RateOf<Amount> = { amount: Amount; per: number; included?: number }

export type OperationOf<Amount> = {
  key: string
  name: string
  /** One sentence. */
  description: string
  /** Two or three typical uses. */
  examples: readonly string[]
  /** The key of its tier. Plans that include the tier include the operation. */
  tier: string
  family: OperationFamily
  unit: OperationUnit
  /** The displayed range, which is typical but not a limit. */
  shownAs: string
  /** One rate per usage field that the operation prices; none for a surcharge. */
  rates: Readonly<Partial<Record<RatedField, RateOf<Amount>>>>
  /** The minimum price before surcharges; 0 means there is none. */
  minimum: Amount
  /** The surcharge this operation adds to another request; null for an operation charged by itself. */
  surcharge: Amount | null
  /** The operation whose surcharge a usage field of this operation adds. */
  surchargedBy: Readonly<Partial<Record<SurchargeField, string>>>
  /** The cheaper alternative that every plan includes; null if there is none. */
  cheaperAlternative: string | null
}

export type PriceVersionOf<Amount> = {
  version: number
  /** When the version takes effect, RFC 3339 in UTC. Null only for version 1, which has always been in effect. */
  effectiveFrom: string | null
  /** The premium on the base price in someone else's app, in hundredths of a percent: 1000 is 10 %. */
  creatorPremiumBps: number
  operations: readonly OperationOf<Amount>[]
}

export type PlanOf<Amount> = {
  key: string
  name: string
  monthlyCredits: Amount
  /** In minor units of the currency: cents, or whole yen. */
  priceCents: number
  /** As Stripe writes it: `usd`. */
  currency: string
  /** The keys of the tiers whose operations the plan includes. */
  tiers: readonly string[]
  /** The Stripe price; null for the free plan. */
  stripeLookupKey: string | null
}

export type PackOf<Amount> = {
  key: string
  name: string
  credits: Amount
  /** In minor units of the currency: cents, or whole yen. */
  priceCents: number
  /** As Stripe writes it: `usd`. */
  currency: string
  stripeLookupKey: string
  /** Null means that the credits never expire. */
  expiresAfterDays: number | null
}

export type TermsOf<Amount> = {
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
  rewardPerPayerDailyMax: Amount
  rewardPerCreatorDailyMax: Amount
  /**
   * Creators see uses and figures per operation only for periods with at least this many payers (docs/product.md, row 9).
   */
  creatorFiguresPayersMin: number
}

export type CatalogOf<Amount> = {
  /** In ascending order. Every version ever charged stays, because receipts are computed from it. */
  priceVersions: readonly PriceVersionOf<Amount>[]
  tiers: readonly Tier[]
  /** One free plan and one paid plan. */
  plans: readonly PlanOf<Amount>[]
  packs: readonly PackOf<Amount>[]
  terms: TermsOf<Amount>
}

/** The operator's input: amounts are plain numbers of millicredits, not yet validated. */
export type CatalogData = CatalogOf<number>

export type Rate = RateOf<Millicredits>
export type Operation = OperationOf<Millicredits>
export type PriceVersion = PriceVersionOf<Millicredits>
export type Plan = PlanOf<Millicredits>
export type Pack = PackOf<Millicredits>
export type Terms = TermsOf<Millicredits>
/** A catalogue that passed `loadCatalog`. */
export type Catalog = CatalogOf<Millicredits>
