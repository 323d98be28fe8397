import { z } from 'zod'
import { type AiDeps, type Due, type RunEvent, repeatCapture } from '@/lib/ai/metered'
import type { Context } from '@/lib/context'
import type { ChargeJson } from '@/lib/contract/metering'
import { chargeOf } from './charge-in'
import { requirePerson } from './project'

/** The maximum number of unconfirmed charges to repeat per page view; the next view repeats the rest. */
const SETTLED_AT_ONCE_MAX = 20

/** Records a charge that could not be confirmed, so that it is repeated later, because its result was delivered. */
export async function keepDue(ctx: Context, actionId: string, events: readonly RunEvent[]): Promise<void> {
  const due = dueIn(events)
  if (due === null) return
  await ctx.pool.query({
    name: 'keep-studio-due',
    text: `
      insert into studio_dues (hold_id, account_id, action_id, usage, capture_key, created_at)
      values ($1, $2, $3, $4, $5, $6) on conflict (hold_id) do nothing`,
    values: [
      due.hold,
      requirePerson(ctx),
      actionId,
      JSON.stringify(due.usage),
      due.captureKey,
      ctx.clock.now(),
    ],
  })
}

function dueIn(events: readonly RunEvent[]): Due | null {
  for (const event of events) if (event.type === 'failed' && event.due !== undefined) return event.due
  return null
}

const dueRows = z.array(
  z
    .object({
      hold_id: z.string(),
      usage: z.record(z.string(), z.union([z.number(), z.boolean()])),
      capture_key: z.string(),
    })
    .transform(({ hold_id: hold, usage, capture_key: captureKey }): Due => ({ hold, usage, captureKey })),
)

/**
 * Repeats the signed-in person's unconfirmed charges, for one action or all, and adds their prices to the results. Returns
 * the charges. A charge that is still unconfirmed stays due; one that can no longer be made is dropped.
 */
export async function chargeDues(
  ctx: Context,
  { credits }: Pick<AiDeps, 'credits'>,
  actionId: string | null = null,
): Promise<ChargeJson[]> {
  const accountId = requirePerson(ctx)
  const { rows } = await ctx.pool.query({
    name: 'list-studio-dues',
    text: `
      select hold_id, usage, capture_key from studio_dues
      where account_id = $1 and ($2::uuid is null or action_id = $2) order by created_at limit $3`,
    values: [accountId, actionId, SETTLED_AT_ONCE_MAX],
  })
  const charges: ChargeJson[] = []
  for (const due of dueRows.parse(rows)) {
    const outcome = await repeatCapture(credits, due)
    if (outcome === 'later') break
    if (outcome !== 'never') charges.push(outcome)
    await noteOutcome(ctx, due, outcome === 'never' ? null : outcome)
  }
  return charges
}

async function noteOutcome(ctx: Context, due: Due, charge: ChargeJson | null): Promise<void> {
  const paid = charge === null ? null : chargeOf(charge)
  await ctx.pool.query({
    name: 'note-studio-due',
    text: `
      with due as (delete from studio_dues where hold_id = $1 returning account_id, action_id),
      items as (
        update studio_items i set charge_id = $2, total = $3 from due
        where i.account_id = due.account_id and i.action_id = due.action_id and i.charge_id is null)
      update studio_messages m set charge_id = $2, total = $3 from due, studio_projects p
      where p.owner_id = due.account_id and m.project_id = p.id and m.action_id = due.action_id
        and m.role = 'assistant' and m.charge_id is null`,
    values: [due.hold, paid?.id ?? null, paid?.total ?? null],
  })
}
