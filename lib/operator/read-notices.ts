import type { UncreditedCheckout } from '@/lib/billing/read/list-uncredited'
import { type BillingNotice, listNotices } from '@/lib/billing/read/notice-rows'
import type { Context } from '@/lib/context'
import type { Hold } from '@/lib/credits/book/records'
import { type AuditNotice, auditNoticeOf, readLastAudit } from './audit-runs'
import { requireStaff } from './require-staff'
import { findTwinCharges, type TwinsFound } from './twin-charges'
import { findLongHolds, findUncredited, findWaitingEvents, type WaitingEvent } from './watch'

/** Conditions that need attention, in one account or in all. */
export type Notices = {
  twins: TwinsFound
  /** Null if Stripe did not answer. */
  uncredited: UncreditedCheckout[] | null
  longHolds: Hold[]
  /** The waiting events of all accounts; empty in the view of one account. */
  waiting: WaitingEvent[]
  /** Notices about payments and plans. */
  money: BillingNotice[]
  /** The problem with the latest audit; null in the view of one account or if there is none. */
  audit: AuditNotice | null
  /** E-mails, keyed by account. */
  people: ReadonlyMap<string, string>
}

/** The current notices. Throws `NotFound` unless the caller is staff. */
export async function readNotices(ctx: Context, input: { accountId: string | null }): Promise<Notices> {
  await requireStaff(ctx)
  const ofAll = input.accountId === null
  const [twins, uncredited, longHolds, waiting, audit, money] = await Promise.all([
    findTwinCharges(ctx, input),
    findUncredited(ctx, input),
    findLongHolds(ctx, input),
    ofAll ? findWaitingEvents(ctx) : [],
    ofAll ? readLastAudit(ctx).then((last) => auditNoticeOf(last, ctx.clock.now())) : null,
    listNotices(ctx.pool, input.accountId),
  ])
  const accounts = [
    ...twins.twins.map(({ accountId }) => accountId),
    ...longHolds.map(({ accountId }) => accountId),
    ...(uncredited ?? []).map(({ checkout }) => checkout.accountId),
    ...money.flatMap(({ accountId }) => accountId ?? []),
  ]
  return { twins, uncredited, longHolds, waiting, audit, money, people: await emailsOf(ctx, accounts) }
}

async function emailsOf(ctx: Context, accountIds: string[]): Promise<Map<string, string>> {
  const { rows } = await ctx.pool.query<{ id: string; email: string }>({
    name: 'operator-emails',
    text: 'select id, email from users where id = any($1::uuid[])',
    values: [accountIds],
  })
  return new Map(rows.map(({ id, email }) => [id, email]))
}
