import type { Charge } from '@/lib/credits/book/records'
import { refundCharge } from '@/lib/credits/verbs/refund-charge'
import { newUuid } from '@/lib/ids'
import { type ChargeRequest, chargeUse } from '@/lib/metering/charge-use'
import { credits, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'

/** Meters a use: by default, extracted pages at 8 credits each. */
export async function charge(
  { ctx }: Scenario,
  user: string,
  more: Partial<ChargeRequest> & { pages?: number } = {},
): Promise<Charge> {
  const { pages = 1, ...rest } = more
  const request = {
    user,
    operation: 'web.extract',
    usage: { pages },
    idempotencyKey: newKey(),
    ...PLAIN,
    ...rest,
  }
  return (await chargeUse(ctx, request)).value
}

export async function refund(
  { ctx }: Scenario,
  { accountId, id }: Charge,
  amount: number,
  reason = 'test',
): Promise<void> {
  const idempotency = { key: newKey(), fingerprint: newUuid() }
  await refundCharge(ctx, { accountId, chargeId: id, reason, amount: credits(amount), idempotency })
}

/** Creates a new creator's public app and returns its UUID. */
export async function newApp({ ctx }: Scenario, creatorId: string, slug: string): Promise<string> {
  const id = newUuid()
  await ctx.pool.query(
    `insert into apps (id, creator_id, name, slug, visibility, created_at) values ($1, $2, $3, $4, 'public', $5)`,
    [id, creatorId, `App ${slug}`, slug, ctx.clock.now()],
  )
  return id
}
