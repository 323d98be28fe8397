import { type Account, newAccount } from './account'
import { reviveDecimal, type Store } from './store'

type StoreRows = { [K in keyof Store]?: Array<ReturnType<Store[K]['all']>[number]> }

/** What survives a restart. */
export type Snapshot = {
  version: 2
  /** Where links in the objects point; rewritten when the sandbox comes back on another port. */
  baseUrl: string
  offsetMs: number
  secretKey: string
  webhookSecret: string
  account: Account
  store: StoreRows
}

/** A payment on its way as format 1 kept it, with the checkout session. */
type PendingV1 = { outcome: 'succeeds' | 'fails'; settlesAt: number } | null
type SnapshotV1 = Omit<Snapshot, 'version' | 'account'> & { version: 1 }

/** How much of what only looks back is kept over a restart; the file is written after every change. */
const EVENTS_KEPT = 1_000
const ANSWERS_KEPT = 300

/** All rows but old events that no one waits for and old answers to idempotency keys. */
export function keptRows(store: Store): StoreRows {
  const rows: StoreRows = Object.fromEntries(
    Object.entries(store).map(([name, table]) => [name, table.all()]),
  )
  const awaited = new Set([...store.deliveries.all(), ...store.dropped.all()].map(({ event }) => event))
  const events = store.events.all()
  rows.events = events.filter(({ id }, index) => index >= events.length - EVENTS_KEPT || awaited.has(id))
  rows.idempotency = store.idempotency.all().slice(-ANSWERS_KEPT)
  return rows
}

/** Format 1 knew no account and kept a bank debit with its checkout session instead of its payment intent. */
function upgrade({ store, ...rest }: SnapshotV1): Snapshot {
  const invoicePayments = store.invoicePayments ?? []
  const debits = (store.sessionPlans ?? []).flatMap((plan) => {
    const pending = 'pending' in plan ? (plan.pending as PendingV1) : null
    const session = store.sessions?.find(({ id }) => id === plan.id)
    if (!pending || session === undefined) return []
    const paid = invoicePayments.find(({ invoice }) => invoice === session.invoice)
    const intent = session.payment_intent ?? paid?.payment.payment_intent
    return typeof intent === 'string'
      ? [{ id: intent, settlesAt: pending.settlesAt, arrives: pending.outcome === 'succeeds' }]
      : []
  })
  return { ...rest, version: 2, account: newAccount(BANK_DEBIT_SECONDS_V1), store: { ...store, debits } }
}

const BANK_DEBIT_SECONDS_V1 = 120

/** Reads a snapshot of this or an earlier format; throws for any other. */
export function parseSnapshot(text: string): Snapshot {
  const snapshot: Snapshot | SnapshotV1 = JSON.parse(text, reviveDecimal)
  switch (snapshot.version) {
    case 1:
      return upgrade(snapshot)
    case 2:
      return snapshot
    default:
      throw new Error('a snapshot of another version')
  }
}

/** Replaces all rows by those of a snapshot; tables the snapshot lacks become empty. */
export function restoreStore(store: Store, rows: StoreRows): void {
  const kept: Record<string, readonly unknown[] | undefined> = rows
  for (const [name, table] of Object.entries(store)) table.load(kept[name] ?? [])
}
