import { type Account, newAccount } from './account'
import { idOf } from './ids'
import { type Debit, reviveDecimal, type SessionPlan, type Store } from './store'

type StoreRows = { [K in keyof Store]?: Array<ReturnType<Store[K]['all']>[number]> }

/** The state that survives a restart. */
export type Snapshot = {
  version: 2
  /** The base URL of the links in objects; it is rewritten if the sandbox restarts on another port. */
  baseUrl: string
  offsetMs: number
  secretKey: string
  webhookSecret: string
  account: Account
  store: StoreRows
}

/** A checkout session in format 1, which contains its pending bank debit and lacks newer fields. */
type PlanV1 = Omit<SessionPlan, keyof typeof PLAN_DEFAULTS> & {
  pending: { outcome: 'succeeds' | 'fails'; settlesAt: number } | null
}
type SnapshotV1 = Omit<Snapshot, 'version' | 'account' | 'store'> & {
  version: 1
  store: Omit<StoreRows, 'sessionPlans'> & { sessionPlans?: PlanV1[] }
}

const PLAN_DEFAULTS = {
  trial: null,
  missingPaymentMethod: 'create_invoice',
  savesMethod: false,
  customerUpdate: { address: false, name: false },
  currencies: [],
  pendingIntent: null,
} satisfies Partial<SessionPlan>

/** The maximum number of old rows kept after a restart. It is small because the file is written after every change. */
const EVENTS_KEPT = 1_000
const ANSWERS_KEPT = 300

/** All rows except old events without deliveries and old answers to idempotency keys. */
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

/**
 * Upgrades format 1, which has no account and stores a bank debit with its checkout session instead of its payment
 * intent.
 */
function upgrade({ store, ...rest }: SnapshotV1): Snapshot {
  const debits: Debit[] = []
  const sessionPlans = (store.sessionPlans ?? []).map(({ pending, ...plan }): SessionPlan => {
    const intent = pending === null ? null : intentOfSession(store, plan.id)
    if (pending === null || intent === null) return { ...PLAN_DEFAULTS, ...plan }
    const { settlesAt, outcome } = pending
    debits.push({ id: intent, settlesAt, arrives: outcome === 'succeeds' })
    return { ...PLAN_DEFAULTS, ...plan, pendingIntent: intent }
  })
  const account = newAccount(BANK_DEBIT_SECONDS_V1)
  return { ...rest, version: 2, account, store: { ...store, sessionPlans, debits } }
}

/** Finds the payment intent of a session or of its subscription's first invoice. */
function intentOfSession(store: SnapshotV1['store'], id: string): string | null {
  const session = store.sessions?.find((row) => row.id === id)
  const payment = store.invoicePayments?.find(
    (row) => idOf(row.invoice) === idOf(session?.invoice) && row.payment.payment_intent !== undefined,
  )
  return idOf(session?.payment_intent) ?? idOf(payment?.payment.payment_intent)
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
      throw new Error('unknown snapshot version')
  }
}

/** Replaces all rows with those of a snapshot; tables that the snapshot lacks become empty. */
export function restoreStore(store: Store, rows: StoreRows): void {
  const kept: Record<string, readonly unknown[] | undefined> = rows
  for (const [name, table] of Object.entries(store)) table.load(kept[name] ?? [])
}
