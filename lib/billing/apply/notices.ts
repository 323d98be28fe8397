import type { ClientBase, Pool } from 'pg'
import type { NoticeKind } from '@/lib/billing/read/notice-rows'
import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'

type NewNotice = {
  kind: NoticeKind
  /** Identifies the notice together with its kind, so that finding the same problem again makes no second notice. */
  subject: string
  accountId: string | null
  facts: object
}

/** Notifies staff, once per kind and subject. */
export async function notice(ctx: Context, input: NewNotice): Promise<void> {
  await addNotice(ctx.pool, input, ctx.clock.now())
}

export async function addNotice(
  db: Pick<Pool | ClientBase, 'query'>,
  { kind, subject, accountId, facts }: NewNotice,
  now: Date,
): Promise<void> {
  await db.query({
    name: 'add-billing-notice',
    text: `
      insert into billing_notices (id, kind, account_id, subject, facts, noticed_at) values ($1, $2, $3, $4, $5, $6)
      on conflict (id) do nothing`,
    values: [`${kind}:${subject}`, kind, accountId, subject, JSON.stringify(facts), now],
  })
}

type Closing = { id: string; accountId: string | null; outcome: 'accepted' | 'seen' }

/** Closes a notice. Closing it again in the same way changes nothing. Throws `NotFound`. */
export async function closeNotice(ctx: Context, { id, accountId, outcome }: Closing): Promise<void> {
  const { rowCount } = await ctx.pool.query({
    name: 'close-billing-notice',
    text: `
      update billing_notices set outcome = $3, closed_at = coalesce(closed_at, $4)
      where id = $1 and account_id is not distinct from $2 and (outcome is null or outcome = $3)`,
    values: [id, accountId, outcome, ctx.clock.now()],
  })
  if (rowCount === 0) throw new NotFound('notice')
}
