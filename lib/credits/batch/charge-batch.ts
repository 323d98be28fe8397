import type { Pool } from 'pg'
import { catalogAt } from '@/lib/catalogs/current'
import type { ChargeInput } from '@/lib/credits/book/inputs'
import { newCharge } from '@/lib/credits/book/new-charge'
import type { Charge } from '@/lib/credits/book/records'
import { rewardLimits } from '@/lib/credits/book/reward-limits'
import { bigint, extend, pick, text } from '@/lib/credits/store/codec'
import * as tables from '@/lib/credits/store/tables'
import { batchFunction, CHARGE_SETTINGS, MARK, markOf } from './batch-function'
import type { BatchKind } from './run-batch'

const ASKED = pick(
  tables.CHARGES,
  'accountId',
  'operation',
  'appId',
  'runId',
  'creatorId',
  'usage',
  'base',
  'premium',
  'priceVersion',
  'premiumBps',
  'reference',
  'metadata',
  'fingerprint',
)

export const CHARGE_BATCH = batchFunction('charge_batch', {
  settings: CHARGE_SETTINGS,
  request: extend(ASKED, { ...MARK, tier: text('tier') }),
  /** `place`: the position of the request, counted from 1. */
  made: extend(pick(tables.CHARGES, 'at', 'balanceAfter', 'parts'), { place: bigint('place') }),
})

export const CHARGES: BatchKind<ChargeInput, Charge> = {
  name: 'charge',
  accountOf: (input) => input.accountId,
  send: sendChargeBatch,
}

/**
 * Makes many charges in one statement. Returns null for a charge that the one-by-one path must decide because it is not the
 * plain case. The data-modifying CTEs of that statement run from last to first; docs/adr/0007 explains its lock order.
 */
export async function sendChargeBatch(
  pool: Pool,
  all: ChargeInput[],
  { now, connection }: { now: Date; connection: number },
): Promise<(Charge | null)[]> {
  const places = firstOfEachKey(all)
  const requests = places.flatMap((place) => {
    const input = all[place]
    return input ? Object.assign(markOf(input.accountId, input.idempotency), input) : []
  })
  const rows = await CHARGE_BATCH.call(
    pool,
    { now, slot: connection, ...rewardLimits(catalogAt(now)) },
    requests,
  )
  const made: (Charge | null)[] = all.map(() => null)
  for (const { place, ...placed } of rows) {
    const request = requests[place - 1]
    const at = places[place - 1]
    if (request !== undefined && at !== undefined)
      made[at] = newCharge(request, { id: request.id, ...placed })
  }
  return made
}

/** The first position of each key. A batch charges a repeated key once; the one-by-one path answers the repeats. */
function firstOfEachKey(inputs: ChargeInput[]): number[] {
  const seen = new Set<string>()
  const places: number[] = []
  for (const [place, { accountId, idempotency }] of inputs.entries()) {
    const before = seen.size
    if (seen.add(`${accountId} ${idempotency.key}`).size > before) places.push(place)
  }
  return places
}
