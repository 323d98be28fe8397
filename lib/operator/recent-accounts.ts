import { z } from 'zod'
import type { Context } from '@/lib/context'
import { shownName } from '@/lib/names'
import { requireStaff } from './require-staff'

const SHOWN_MAX = 10

const account = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string().nullable().transform(shownName),
  created_at: z.date(),
})

export type RecentAccount = { accountId: string; email: string; name: string | null; createdAt: Date }

/** The newest accounts, newest first. Throws `NotFound` unless the caller is staff. */
export async function listRecentAccounts(ctx: Context): Promise<RecentAccount[]> {
  await requireStaff(ctx)
  const { rows } = await ctx.pool.query({
    name: 'operator-recent-accounts',
    // Ids increase with time and are indexed.
    text: 'select id, email, name, created_at from users order by id desc limit $1',
    values: [SHOWN_MAX],
  })
  return z
    .array(account)
    .parse(rows)
    .map(({ id, created_at: createdAt, ...person }) => ({ accountId: id, createdAt, ...person }))
}
