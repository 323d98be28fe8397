import type { Pool } from 'pg'
import type { Charge } from '@/lib/credits/book/records'
import { rewardLimits } from '@/lib/credits/book/reward-limits'
import { partsOf } from '@/lib/credits/store/load-account'
import type { ChargeInput } from '@/lib/credits/verbs/charge-credits'
import { newLedgerId } from '@/lib/ids'
import type { Micros } from '@/lib/instant'
import { millicredits, ZERO } from '@/lib/millicredits'
import { jsonArray, parsePlainArray, plainArray, textArray } from './arrays'
import type { BatchKind } from './run-batch'

/** What a batch function says of a charge it made. */
type MadeRow = {
  /** Which of the inputs it is, counted from 1. */
  place: number
  at_micros: number
  balance_after: number
  grant_ids: string
  grant_amounts: string
}

const SQL = `select * from charge_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`

export const CHARGES: BatchKind<ChargeInput, Charge> = {
  name: 'charge',
  accountOf: (input) => input.accountId,
  send: sendChargeBatch,
}

/**
 * Charges many at once in one statement; null where the plain case does not hold and the one-by-one path must decide. The
 * parts of that statement that write run from the last to the first: what it locks when is in docs/adr/0007.
 */
export async function sendChargeBatch(
  pool: Pool,
  all: ChargeInput[],
  { now, lane }: { now: Date; lane: number },
): Promise<(Charge | null)[]> {
  const places = firstOfEachKey(all)
  const inputs = places.flatMap((place) => all[place] ?? [])
  const ids = inputs.map((input) => newLedgerId(input.accountId))
  const idAt = (_input: ChargeInput, index: number) => ids[index] ?? null
  const { rows } = await pool.query<MadeRow>({
    name: 'charge-batch',
    text: SQL,
    values: [
      now,
      lane,
      plainArray(inputs, (input) => input.accountId),
      textArray(inputs, (input) => input.idempotency.key),
      plainArray(inputs, (input) => input.idempotency.fingerprint),
      plainArray(inputs, idAt),
      textArray(inputs, (input) => input.operation),
      plainArray(inputs, (input) => input.appId),
      plainArray(inputs, (input) => input.creatorId),
      jsonArray(inputs, (input) => input.usage),
      plainArray(inputs, (input) => input.base),
      plainArray(inputs, (input) => input.premium),
      plainArray(inputs, (input) => input.priceVersion),
      plainArray(inputs, (input) => input.premiumBps),
      textArray(inputs, (input) => input.tier),
      textArray(inputs, (input) => input.reference),
      jsonArray(inputs, (input) => input.metadata),
      textArray(inputs, (input) => input.fingerprint),
      ...rewardLimits(),
    ],
  })
  const made: (Charge | null)[] = all.map(() => null)
  for (const row of rows) {
    const sent = row.place - 1
    const place = places[sent]
    const input = inputs[sent]
    const id = ids[sent]
    if (place !== undefined && input !== undefined && id !== undefined) made[place] = chargeOf(input, id, row)
  }
  return made
}

/** Where each key comes first: one that comes twice is charged once here, and the one-by-one path answers the repeats. */
function firstOfEachKey(inputs: ChargeInput[]): number[] {
  const seen = new Set<string>()
  const places: number[] = []
  for (const [place, { accountId, idempotency }] of inputs.entries()) {
    const before = seen.size
    if (seen.add(`${accountId} ${idempotency.key}`).size > before) places.push(place)
  }
  return places
}

function chargeOf(input: ChargeInput, id: string, row: MadeRow): Charge {
  return {
    id,
    accountId: input.accountId,
    operation: input.operation,
    appId: input.appId,
    creatorId: input.creatorId,
    usage: input.usage,
    base: input.base,
    premium: input.premium,
    absorbed: ZERO,
    reward: input.creatorId === null ? ZERO : input.premium,
    priceVersion: input.priceVersion,
    premiumBps: input.premiumBps,
    reference: input.reference,
    metadata: input.metadata,
    fingerprint: input.fingerprint,
    holdId: null,
    ...placeOf(row),
  }
}

/** Where and when a batch function put a charge. */
export function placeOf(row: Omit<MadeRow, 'place'>): Pick<Charge, 'at' | 'balanceAfter' | 'parts'> {
  return {
    at: row.at_micros as Micros,
    balanceAfter: millicredits(row.balance_after),
    parts: partsOf(parsePlainArray(row.grant_ids), parsePlainArray(row.grant_amounts).map(Number)),
  }
}
