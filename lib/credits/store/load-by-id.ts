import type { Charge, Hold, Refund, RewardTransfer, Run } from '@/lib/credits/book/records'
import { NotFound } from '@/lib/errors'
import type { Row, Table } from './codec'
import type { Queryable } from './load-account'
import { CHARGES, HOLDS, REFUNDS, REWARD_TRANSFERS, RUNS } from './tables'

/* Each function throws `NotFound` for an unknown id. Callers check whether the object may be seen. */

export function loadCharge(db: Queryable, id: string): Promise<Charge> {
  return loadById(db, CHARGES, { id, what: 'charge' })
}

/** Loads the stored hold, which may still be `open` after its expiry. */
export function loadHold(db: Queryable, id: string): Promise<Hold> {
  return loadById(db, HOLDS, { id, what: 'hold' })
}

export function loadRefund(db: Queryable, id: string): Promise<Refund> {
  return loadById(db, REFUNDS, { id, what: 'refund' })
}

export function loadRun(db: Queryable, id: string): Promise<Run> {
  return loadById(db, RUNS, { id, what: 'run' })
}

export function loadTransfer(db: Queryable, id: string): Promise<RewardTransfer> {
  return loadById(db, REWARD_TRANSFERS, { id, what: 'transfer' })
}

async function loadById<Value>(
  db: Queryable,
  table: Table<Value>,
  { id, what }: { id: string; what: string },
): Promise<Value> {
  const { rows } = await db.query<Row>({
    name: `load-${what}`,
    text: `select ${table.select('x')} from ${table.name} x where x.id = $1`,
    values: [id],
  })
  const [row] = rows
  if (!row) throw new NotFound(what)
  return table.decode(row)
}
