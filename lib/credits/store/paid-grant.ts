import type { ClientBase } from 'pg'
import type { Grant } from '@/lib/credits/book/records'
import { loadGrants } from './load-account'

/** A Stripe line has paid for a grant of somebody else already: its customer was given to another account by hand. */
export class ForeignLine extends Error {
  override readonly name = 'ForeignLine'
  constructor(stripeLine: string) {
    super(`Stripe line ${stripeLine} paid for another account's grant`)
  }
}

/**
 * The grant a Stripe line has paid for, as it stands now; null when there is none yet. One line pays for one grant,
 * whatever events report it (docs/architecture.md, "Money in"). Throws when the line paid for another account's grant.
 */
export async function grantPaidBy(
  client: ClientBase,
  accountId: string,
  stripeLine: string,
): Promise<Grant | null> {
  const { rows } = await client.query<{ account_id: string; id: string }>({
    name: 'grant-paid-by',
    text: 'select account_id, id from grants where stripe_line = $1',
    values: [stripeLine],
  })
  const [row] = rows
  if (!row) return null
  if (row.account_id !== accountId) throw new ForeignLine(stripeLine)
  const [grant] = await loadGrants(client, accountId, [row.id])
  return grant ?? null
}
