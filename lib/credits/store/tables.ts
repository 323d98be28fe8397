import {
  type Budget,
  type Charge,
  ENTRY_KINDS,
  type Entry,
  GRANT_SOURCES,
  type Grant,
  type Hold,
  LIMIT_SCOPES,
  type Limit,
  type MoneyBackRow,
  type PaidLine,
  type Part,
  type Payment,
  type PlanChange,
  type Refund,
  type RewardDelta,
  type RewardTransfer,
  type Run,
  type UsageDelta,
  type UsedKey,
  type Wallet,
} from '@/lib/credits/book/records'
import { ID_PREFIXES, type IdKind } from '@/lib/ids'
import { type Millicredits, ZERO } from '@/lib/millicredits'
import {
  amount,
  amounts,
  bigint,
  boolean,
  codec,
  date,
  day,
  dayStart,
  group,
  instant,
  integer,
  json,
  nullable,
  oneOf,
  orElse,
  table,
  text,
  texts,
  uuid,
  uuids,
} from './codec'

/* The ledger tables, each with a codec that maps its fields to columns. */

/** The account id of records that do not include it, unlike their rows. */
type Owned<Value> = Value & { accountId: string }

export const WALLETS = table<Wallet>('wallets', {
  accountId: uuid('account_id'),
  plan: text('plan'),
  tiers: texts('tiers'),
  anchorDay: dayStart('anchor_day'),
  planEndsAt: nullable(date('plan_ends_at')),
  planRenewsAt: nullable(date('plan_renews_at')),
  platformPlan: nullable(text('platform_plan')),
  available: amount('available'),
  held: amount('held'),
  nextDueAt: date('next_due_at'),
  tellBelow: bigint('tell_below'),
  toldLines: texts('told_lines'),
  lastAt: instant('last_at'),
})

export const GRANTS = table<Owned<Grant>>('grants', {
  accountId: uuid('account_id'),
  id: uuid('id'),
  source: oneOf('source', GRANT_SOURCES),
  granted: amount('granted'),
  remaining: amount('remaining'),
  held: amount('held'),
  used: amount('used'),
  expired: amount('expired'),
  revoked: amount('revoked'),
  moneyBack: amount('money_back'),
  shortfall: amount('shortfall'),
  expiresAt: nullable(date('expires_at')),
  period: group(
    codec<{ plan: string | null; periodStart: Date | null; periodEnd: Date | null }>({
      plan: nullable(text('plan')),
      periodStart: nullable(date('period_start')),
      periodEnd: nullable(date('period_end')),
    }),
    ({ plan, periodStart: start, periodEnd: end }) =>
      plan !== null && start !== null && end !== null ? { plan, start, end } : null,
    (period) => ({
      plan: period?.plan ?? null,
      periodStart: period?.start ?? null,
      periodEnd: period?.end ?? null,
    }),
  ),
  payment: group(
    codec<
      { [Field in 'paidAmount' | 'paidTax']: number | null } & {
        [Field in 'paidCurrency' | 'stripePayment' | 'stripeLine']: string | null
      }
    >({
      paidAmount: nullable(bigint('paid_amount')),
      paidTax: nullable(bigint('paid_tax')),
      paidCurrency: nullable(text('paid_currency')),
      stripePayment: nullable(text('stripe_payment')),
      stripeLine: nullable(text('stripe_line')),
    }),
    ({ paidAmount, paidTax, paidCurrency, stripePayment, stripeLine }): Payment | null =>
      paidAmount !== null && paidCurrency !== null && stripeLine !== null
        ? { amount: paidAmount, tax: paidTax ?? 0, currency: paidCurrency, stripePayment, stripeLine }
        : null,
    (payment) => ({
      paidAmount: payment?.amount ?? null,
      paidTax: payment?.tax ?? null,
      paidCurrency: payment?.currency ?? null,
      stripePayment: payment?.stripePayment ?? null,
      stripeLine: payment?.stripeLine ?? null,
    }),
  ),
  lineMonth: integer('line_month'),
  reason: nullable(text('reason')),
  createdAt: date('created_at'),
})

export const PAID_LINES = table<Owned<PaidLine>>('paid_lines', {
  accountId: uuid('account_id'),
  plan: text('plan'),
  credits: amount('credits'),
  period: group(
    codec<{ periodStart: Date; periodEnd: Date }>({
      periodStart: date('period_start'),
      periodEnd: date('period_end'),
    }),
    ({ periodStart: start, periodEnd: end }) => ({ start, end }),
    ({ start, end }) => ({ periodStart: start, periodEnd: end }),
  ),
  payment: group(
    codec<{
      stripeLine: string
      paidAmount: number
      paidTax: number
      paidCurrency: string
      stripePayment: string | null
    }>({
      stripeLine: text('stripe_line'),
      paidAmount: bigint('paid_amount'),
      paidTax: bigint('paid_tax'),
      paidCurrency: text('paid_currency'),
      stripePayment: nullable(text('stripe_payment')),
    }),
    ({ paidAmount: amount, paidTax: tax, paidCurrency: currency, ...ids }): Payment => ({
      amount,
      tax,
      currency,
      ...ids,
    }),
    ({ amount: paidAmount, tax: paidTax, currency: paidCurrency, ...ids }) => ({
      paidAmount,
      paidTax,
      paidCurrency,
      ...ids,
    }),
  ),
  months: integer('months'),
  begun: integer('begun'),
  nextAt: nullable(date('next_at')),
  returned: bigint('returned'),
})

/** Parts of an amount, stored as two arrays in the same order. */
const parts = group(
  codec<{ grantIds: string[]; grantAmounts: Millicredits[] }>({
    grantIds: uuids('grant_ids'),
    grantAmounts: amounts('grant_amounts'),
  }),
  ({ grantIds, grantAmounts }): Part[] =>
    grantIds.map((grantId, place) => ({ grantId, amount: grantAmounts[place] ?? ZERO })),
  (all) => ({
    grantIds: all.map(({ grantId }) => grantId),
    grantAmounts: all.map((part) => part.amount),
  }),
)

export const HOLDS = table<Hold>('holds', {
  accountId: uuid('account_id'),
  id: uuid('id'),
  operation: text('operation'),
  appId: nullable(uuid('app_id')),
  usage: json('usage'),
  amount: amount('amount'),
  limit: nullable(amount('limit_amount')),
  status: oneOf('status', ['open', 'captured', 'released', 'expired']),
  priceVersion: integer('price_version'),
  premiumBps: integer('premium_bps'),
  parts,
  reference: nullable(text('reference')),
  metadata: nullable(json('metadata')),
  fingerprint: nullable(text('fingerprint')),
  expiresAt: date('expires_at'),
  createdAt: date('created_at'),
  closedAt: nullable(date('closed_at')),
  runId: nullable(uuid('run_id')),
})

export const BUDGETS = table<Owned<Budget>>('app_budgets', {
  accountId: uuid('account_id'),
  appId: uuid('app_id'),
  monthlyLimit: nullable(amount('monthly_limit')),
  paused: boolean('paused'),
  used: amount('used'),
  periodStart: instant('period_start'),
  toldFor: nullable(date('told_for')),
})

/** Represents "no app" in a table whose key includes the app. */
export const NO_APP = '00000000-0000-0000-0000-000000000000'

export const LIMITS = table<Owned<Limit>>('spending_limits', {
  accountId: uuid('account_id'),
  scope: oneOf('scope', LIMIT_SCOPES),
  appId: orElse(uuid('app_id'), NO_APP),
  dayLimit: nullable(amount('day_limit')),
  weekLimit: nullable(amount('week_limit')),
  monthLimit: nullable(amount('month_limit')),
  day: day('day'),
  dayUsed: amount('day_used'),
  week: day('week'),
  weekUsed: amount('week_used'),
  monthStart: instant('month_start'),
  monthUsed: amount('month_used'),
  dayTold: nullable(date('day_told')),
  weekTold: nullable(date('week_told')),
  monthTold: nullable(date('month_told')),
})

export const RUNS = table<Run>('runs', {
  accountId: uuid('account_id'),
  id: uuid('id'),
  appId: nullable(uuid('app_id')),
  cap: amount('cap'),
  label: nullable(text('label')),
  charges: bigint('charges'),
  spent: amount('spent'),
  createdAt: date('created_at'),
  closesAt: date('closes_at'),
  toldCap: nullable(amount('told_cap')),
})

/** Without `reward_on_hold`, which the database computes when it writes the row. */
export const CHARGES = table<Charge>('charges', {
  accountId: uuid('account_id'),
  at: instant('at'),
  id: uuid('id'),
  operation: text('operation'),
  appId: nullable(uuid('app_id')),
  creatorId: nullable(uuid('creator_id')),
  usage: json('usage'),
  base: amount('base'),
  premium: amount('premium'),
  absorbed: amount('absorbed'),
  reward: amount('reward'),
  priceVersion: integer('price_version'),
  premiumBps: integer('premium_bps'),
  parts,
  balanceAfter: amount('balance_after'),
  holdId: nullable(uuid('hold_id')),
  reference: nullable(text('reference')),
  metadata: nullable(json('metadata')),
  fingerprint: nullable(text('fingerprint')),
  runId: nullable(uuid('run_id')),
})

export const REFUNDS = table<Refund>('refunds', {
  accountId: uuid('account_id'),
  at: instant('at'),
  id: uuid('id'),
  chargeId: uuid('charge_id'),
  amount: amount('amount'),
  reason: text('reason'),
  rewardReversed: amount('reward_reversed'),
  parts,
  balanceAfter: amount('balance_after'),
})

export const ENTRIES = table<Owned<Entry>>('entries', {
  accountId: uuid('account_id'),
  at: instant('at'),
  kind: oneOf('kind', ENTRY_KINDS),
  grantId: uuid('grant_id'),
  amount: bigint('amount'),
  effectiveAt: instant('effective_at'),
  reason: nullable(text('reason')),
  balanceAfter: amount('balance_after'),
})

export const IDEMPOTENCY_KEYS = table<UsedKey>('idempotency_keys', {
  accountId: uuid('account_id'),
  key: text('key'),
  fingerprint: uuid('fingerprint'),
  kind: oneOf('kind', Object.keys(ID_PREFIXES) as IdKind[]),
  objectId: uuid('object_id'),
  result: nullable(json('result')),
})

export const PLAN_CHANGES = table<PlanChange>('plan_changes', {
  accountId: uuid('account_id'),
  at: instant('at'),
  id: uuid('id'),
  planBefore: nullable(text('plan_before')),
  plan: text('plan'),
})

export const MONEY_BACK = table<MoneyBackRow>('money_back', {
  accountId: uuid('account_id'),
  at: instant('at'),
  id: uuid('id'),
  grantId: uuid('grant_id'),
  money: bigint('money'),
  credits: bigint('credits'),
  revoked: bigint('revoked'),
  shortfall: bigint('shortfall'),
})

/** The daily roll-up. A row here holds the amounts that one movement adds. */
export const USAGE_DAYS = table<Owned<UsageDelta>>('usage_days', {
  accountId: uuid('account_id'),
  day: day('day'),
  operation: text('operation'),
  appId: orElse(uuid('app_id'), NO_APP),
  charges: bigint('charges'),
  base: bigint('base'),
  premium: bigint('premium'),
  premiumUnearned: bigint('premium_unearned'),
  paid: bigint('paid'),
  refunded: bigint('refunded'),
})

/** The amounts a movement adds to a creator's counters, which are spread over several tables. */
export const REWARD_DELTAS = codec<RewardDelta>({
  creatorId: uuid('creator_id'),
  day: day('day'),
  appId: uuid('app_id'),
  operation: text('operation'),
  uses: bigint('uses'),
  paid: bigint('paid'),
  earnedPaid: bigint('earned_paid'),
  earnedFree: bigint('earned_free'),
  reversed: bigint('reversed'),
  reversedPaid: bigint('reversed_paid'),
  reversedOnHold: bigint('reversed_on_hold'),
})

export const REWARD_TRANSFERS = table<RewardTransfer>('reward_transfers', {
  creatorId: uuid('creator_id'),
  id: uuid('id'),
  amount: amount('amount'),
  fundedPaid: amount('funded_paid'),
  balanceAfter: amount('balance_after'),
  createdAt: date('created_at'),
})
