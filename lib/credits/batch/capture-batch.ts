import type { Pool } from 'pg'
import { catalogAt } from '@/lib/catalogs/current'
import type { CaptureInput } from '@/lib/credits/book/inputs'
import { chargeOfHold, newCharge } from '@/lib/credits/book/new-charge'
import type { Charge } from '@/lib/credits/book/records'
import { rewardLimits } from '@/lib/credits/book/reward-limits'
import { extend, pick } from '@/lib/credits/store/codec'
import * as tables from '@/lib/credits/store/tables'
import { batchFunction, CHARGE_SETTINGS, MARK, markOf } from './batch-function'
import type { BatchKind } from './run-batch'

const ASKED = pick(tables.CHARGES, 'accountId', 'holdId', 'creatorId', 'usage', 'base', 'premium')

export const CAPTURE_BATCH = batchFunction('capture_batch', {
  settings: CHARGE_SETTINGS,
  request: extend(ASKED, MARK),
  made: pick(tables.CHARGES, 'id', 'at', 'balanceAfter', 'parts'),
})

export const CAPTURES: BatchKind<CaptureInput, Charge> = {
  name: 'capture',
  accountOf: (input) => input.hold.accountId,
  send: sendCaptureBatch,
}

/** Captures many holds in one statement. Returns null for a hold that the one-by-one path must decide. */
export async function sendCaptureBatch(
  pool: Pool,
  inputs: CaptureInput[],
  { now, connection }: { now: Date; connection: number },
): Promise<(Charge | null)[]> {
  const requests = inputs.map((input) =>
    Object.assign(markOf(input.hold.accountId, input.idempotency), chargeOfHold(input)),
  )
  const made = await CAPTURE_BATCH.call(
    pool,
    { now, slot: connection, ...rewardLimits(catalogAt(now)) },
    requests,
  )
  const byId = new Map(made.map((placed) => [placed.id, placed]))
  return requests.map((request) => {
    const placed = byId.get(request.id)
    return placed ? newCharge(request, placed) : null
  })
}
