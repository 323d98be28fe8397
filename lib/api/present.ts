import { catalogVersion, planEver } from '@/lib/catalogs/current'
import type { BalanceJson, GrantJson, SummaryJson, UserJson } from '@/lib/contract/account'
import type { ChargeJson, HoldJson, LineJson, RefundJson, UsageJson } from '@/lib/contract/metering'
import type { Annotations, Charge, Grant, Hold, Refund } from '@/lib/credits/book/records'
import type { Balance } from '@/lib/credits/verbs/get-balance'
import { publicId } from '@/lib/ids'
import { dateFromMicros } from '@/lib/instant'
import { toCredits } from '@/lib/millicredits'
import type { PriceLine } from '@/lib/pricing'
import type { ChargeView } from '@/lib/usage/charge-view'
import type { UsageSummary } from '@/lib/usage/summarize-usage'
import type { User } from '@/lib/users/find-user'

/*
 * Converts domain records to the contract's JSON: public ids, credits instead of millicredits, RFC 3339 in UTC. Fields keep
 * the contract's order and maps a fixed order, so that a replay is the same text as the first answer.
 */

/** The usage with its fields in the order of its price version. */
function presentUsage({ usage, priceVersion }: Charge): UsageJson {
  const { usageFields, usageFlags } = catalogVersion(priceVersion)
  return Object.fromEntries(
    [...usageFields, ...usageFlags].flatMap(({ key }) =>
      usage[key] === undefined ? [] : [[key, usage[key]]],
    ),
  )
}

function presentAnnotations({ reference, metadata, fingerprint }: Annotations): Annotations {
  const pairs = metadata && Object.entries(metadata).sort(([left], [right]) => (left < right ? -1 : 1))
  return { reference, metadata: pairs && Object.fromEntries(pairs), fingerprint }
}

function idOrNull(kind: 'app' | 'hold' | 'run', uuid: string | null): string | null {
  return uuid === null ? null : publicId(kind, uuid)
}

export function presentLine(line: PriceLine): LineJson {
  const { kind, operation, label, quantity, unit, unitPlural, per } = line
  return {
    kind,
    operation,
    label,
    quantity,
    unit,
    unitPlural,
    rate: toCredits(line.rate),
    per,
    amount: toCredits(line.amount),
  }
}

export function presentCharge(view: ChargeView): ChargeJson {
  const { charge } = view
  return {
    id: publicId('charge', charge.id),
    user: publicId('user', charge.accountId),
    app: idOrNull('app', charge.appId),
    run: idOrNull('run', charge.runId),
    surface: view.surface,
    operation: charge.operation,
    base: toCredits(charge.base),
    premium: toCredits(charge.premium),
    total: toCredits(view.total),
    absorbed: toCredits(charge.absorbed),
    refunded: toCredits(view.refunded),
    usage: presentUsage(charge),
    lines: view.lines.map(presentLine),
    funding: view.funding.map(({ source, amount }) => ({ source, amount: toCredits(amount) })),
    priceVersion: charge.priceVersion,
    hold: idOrNull('hold', charge.holdId),
    ...presentAnnotations(charge),
    createdAt: dateFromMicros(charge.at).toISOString(),
  }
}

export function presentHold(hold: Hold): HoldJson {
  return {
    id: publicId('hold', hold.id),
    user: publicId('user', hold.accountId),
    app: idOrNull('app', hold.appId),
    run: idOrNull('run', hold.runId),
    operation: hold.operation,
    amount: toCredits(hold.amount),
    limit: hold.limit === null ? null : toCredits(hold.limit),
    status: hold.status,
    expiresAt: hold.expiresAt.toISOString(),
    createdAt: hold.createdAt.toISOString(),
    ...presentAnnotations(hold),
  }
}

export function presentRefund(refund: Refund): RefundJson {
  return {
    id: publicId('refund', refund.id),
    charge: publicId('charge', refund.chargeId),
    amount: toCredits(refund.amount),
    reason: refund.reason,
    rewardReversed: toCredits(refund.rewardReversed),
    createdAt: dateFromMicros(refund.at).toISOString(),
  }
}

export function presentGrant(grant: Grant, accountId: string): GrantJson {
  return {
    id: publicId('grant', grant.id),
    user: publicId('user', accountId),
    source: grant.source,
    amount: toCredits(grant.granted),
    remaining: toCredits(grant.remaining),
    expiresAt: grant.expiresAt?.toISOString() ?? null,
    createdAt: grant.createdAt.toISOString(),
  }
}

export function presentUser(user: User): UserJson {
  const { externalId, email, name } = user
  const id = publicId('user', user.id)
  return { id, externalId, email, name, plan: user.plan, createdAt: user.createdAt.toISOString() }
}

export function presentBalance(balance: Balance, status: BalanceJson['plan']['status']): BalanceJson {
  const { allowance, rewards } = balance
  const { key, endsAt } = balance.plan
  return {
    plan: {
      key,
      name: planEver(key)?.name ?? key,
      status,
      endsAt: endsAt?.toISOString() ?? null,
    },
    available: toCredits(balance.available),
    held: toCredits(balance.held),
    allowance: {
      limit: toCredits(allowance.limit),
      used: toCredits(allowance.used),
      held: toCredits(allowance.held),
      remaining: toCredits(allowance.remaining),
      periodStart: allowance.periodStart?.toISOString() ?? null,
      resetsAt: allowance.resetsAt?.toISOString() ?? null,
      carried: allowance.carried && {
        remaining: toCredits(allowance.carried.remaining),
        endsAt: allowance.carried.endsAt.toISOString(),
      },
    },
    packs: { remaining: toCredits(balance.packs.remaining) },
    promo: { remaining: toCredits(balance.promo.remaining) },
    moved: { remaining: toCredits(balance.moved.remaining) },
    rewards: {
      balance: toCredits(rewards.balance),
      onHold: toCredits(rewards.onHold),
      owed: toCredits(rewards.owed),
    },
  }
}

export function presentSummary(summary: UsageSummary): SummaryJson {
  return {
    from: summary.from.toISOString(),
    to: summary.to.toISOString(),
    total: toCredits(summary.total),
    byOperation: summary.byOperation.map(({ operation, total, charges }) => ({
      operation,
      total: toCredits(total),
      charges,
    })),
    byDay: summary.byDay.map(({ day, total }) => ({ day, total: toCredits(total) })),
    byApp: summary.byApp.map(({ app, total, charges }) => ({
      app: idOrNull('app', app),
      total: toCredits(total),
      charges,
    })),
    bySurface: summary.bySurface.map(({ surface, total, charges }) => ({
      surface,
      total: toCredits(total),
      charges,
    })),
  }
}
