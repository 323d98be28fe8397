import type { UnsettledCheckout } from '@/lib/billing/read/list-unsettled'
import type { Context } from '@/lib/context'
import type { Hold } from '@/lib/credits/book/records'
import { type AuditNotice, auditNoticeOf, readLastAudit } from './audit-runs'
import { requireStaff } from './require-staff'
import { findTwinCharges, type TwinsFound } from './twin-charges'
import { findLongHolds, findUnsettled, findWaitingEvents, type WaitingEvent } from './watch'

/** What deserves a look: in one account, or anywhere. */
export type Notices = {
  twins: TwinsFound
  /** Null: Stripe did not answer. */
  unsettled: UnsettledCheckout[] | null
  longHolds: Hold[]
  /** Of all accounts; empty when one was asked about. */
  waiting: WaitingEvent[]
  /** About all accounts; null when one was asked about, and when there is nothing to say. */
  audit: AuditNotice | null
  /** E-mails by account. */
  people: ReadonlyMap<string, string>
}

/** What the product noticed by itself. Throws `NotFound` for all but staff. */
export async function readNotices(ctx: Context, input: { accountId: string | null }): Promise<Notices> {
  await requireStaff(ctx)
  const ofAll = input.accountId === null
  const [twins, unsettled, longHolds, waiting, audit] = await Promise.all([
    findTwinCharges(ctx, input),
    findUnsettled(ctx, input),
    findLongHolds(ctx, input),
    ofAll ? findWaitingEvents(ctx) : [],
    ofAll ? readLastAudit(ctx).then((last) => auditNoticeOf(last, ctx.clock.now())) : null,
  ])
  const accounts = [
    ...twins.twins.map(({ accountId }) => accountId),
    ...longHolds.map(({ accountId }) => accountId),
    ...(unsettled ?? []).map(({ checkout }) => checkout.accountId),
  ]
  return { twins, unsettled, longHolds, waiting, audit, people: await emailsOf(ctx, accounts) }
}

async function emailsOf(ctx: Context, accountIds: string[]): Promise<Map<string, string>> {
  const { rows } = await ctx.pool.query<{ id: string; email: string }>({
    name: 'operator-emails',
    text: 'select id, email from users where id = any($1::uuid[])',
    values: [accountIds],
  })
  return new Map(rows.map(({ id, email }) => [id, email]))
}
