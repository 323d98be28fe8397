/*
 * The number of decimals of each currency's amounts in Stripe. ISO 4217 agrees except for the Icelandic króna and the
 * Ugandan shilling: they have no decimals, but Stripe uses two that are always 00.
 */
const NO_DECIMALS = 'bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'
const TWO_DECIMALS =
  'aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc cve czk ' +
  'dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr isk jmd kes kgs khr kyd kzt lak lbp ' +
  'lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd ' +
  'rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah ugx usd uyu uzs wst xcd yer zar zmw'
const THREE_DECIMALS = 'bhd jod kwd omr tnd'

const DECIMALS: ReadonlyMap<string, number> = new Map(
  [NO_DECIMALS, TWO_DECIMALS, THREE_DECIMALS].flatMap((codes, index) =>
    codes.split(' ').map((code): [string, number] => [code, [0, 2, 3][index] ?? 2]),
  ),
)

/** Currencies that are charged in whole units only. */
const WHOLE_UNITS = new Set(['isk', 'ugx'])
/** Currencies with three decimals; the last one is always 0 in a charge. */
const THREE_DECIMAL_STEP = 10

/** True if amounts of the currency can be formatted and charged. Codes are lower case, as in Stripe. */
export function isCurrency(code: string): boolean {
  return DECIMALS.has(code)
}

/** The number of decimals of a currency: 2 for dollars, 0 for yen, 3 for Kuwaiti dinars. */
export function minorDigits(currency: string): number {
  return DECIMALS.get(currency.toLowerCase()) ?? 2
}

/** The step of charged amounts in a currency, in minor units: every charged amount is a multiple of it. */
export function chargeStep(currency: string): number {
  if (WHOLE_UNITS.has(currency)) return 10 ** minorDigits(currency)
  return minorDigits(currency) === 3 ? THREE_DECIMAL_STEP : 1
}

/** An amount in minor units as a plain decimal: 600 US cents are "6.00", 900 yen are "900". */
export function decimalOf(minor: number, currency: string): string {
  const digits = minorDigits(currency)
  return (minor / 10 ** digits).toFixed(digits)
}
