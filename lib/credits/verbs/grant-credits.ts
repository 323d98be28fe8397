import type { ClientBase } from 'pg'
import { requireOperator } from '@/lib/authority'
import type { Context } from '@/lib/context'
import type { Idempotency } from '@/lib/credits/book/inputs'
import type { Grant } from '@/lib/credits/book/records'
import { loadGrants } from '@/lib/credits/store/load-account'
import {
  type Alongside,
  type Made,
  type Outcome,
  type Remembered,
  writeAccount,
} from '@/lib/credits/store/write-account'
import { InvalidRequest, NotFound } from '@/lib/errors'
import type { Millicredits } from '@/lib/millicredits'

type GrantInput = {
  accountId: string
  idempotency: Idempotency
  amount: Millicredits
  reason: string
  /** Null if the grant never expires. */
  expiresAt: Date | null
  alongside?: Alongside<Grant>
}

/** Grants promotional credits. For operators. Throws `InvalidRequest` if `expiresAt` is not in the future. */
export async function grantCredits(ctx: Context, input: GrantInput): Promise<Outcome<Grant>> {
  requireOperator(ctx)
  return writeAccount(ctx, {
    accountId: input.accountId,
    idempotency: input.idempotency,
    alongside: input.alongside,
    makes: 'grant',
    recall: recallGrant,
    decide: (book) => {
      if (input.expiresAt !== null && input.expiresAt <= book.now) {
        throw InvalidRequest.at('expiresAt', 'must be in the future')
      }
      const { amount, expiresAt, reason } = input
      return madeGrant(
        book.issue({ source: 'promo', amount, expiresAt, period: null, payment: null, reason }),
      )
    },
  })
}

type RevokeInput = {
  accountId: string
  grantId: string
  idempotency: Idempotency
  reason: string
  alongside?: Alongside<Grant>
}

/** Revokes the unspent part of a grant; held and used credits do not change. For operators. Throws `NotFound`. */
export async function revokeGrant(ctx: Context, input: RevokeInput): Promise<Outcome<Grant>> {
  requireOperator(ctx)
  return writeAccount(ctx, {
    accountId: input.accountId,
    idempotency: input.idempotency,
    alongside: input.alongside,
    makes: 'grant',
    recall: recallGrant,
    decide: async (book, client) => {
      book.addGrants(await loadGrants(client, book.accountId, [input.grantId]))
      const grant = book.grants.get(input.grantId)
      if (!grant) throw new NotFound('grant')
      book.revoke(grant, grant.remaining, input.reason)
      return madeGrant(grant)
    },
  })
}

function madeGrant(grant: Grant): Made<Grant> {
  return { value: { ...grant }, objectId: grant.id, result: { remaining: grant.remaining } }
}

/** Rebuilds the grant as the key's first answer showed it. */
async function recallGrant(client: ClientBase, { objectId, result }: Remembered): Promise<Grant> {
  const { rows } = await client.query<{ account_id: string }>('select account_id from grants where id = $1', [
    objectId,
  ])
  const [grant] = await loadGrants(client, rows[0]?.account_id ?? '', [objectId])
  if (!grant) throw new NotFound('grant')
  return { ...grant, remaining: (result as Pick<Grant, 'remaining'>).remaining }
}
