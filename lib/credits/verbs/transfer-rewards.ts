import type { ClientBase } from 'pg'
import { requireSight } from '@/lib/authority'
import type { Context } from '@/lib/context'
import type { Idempotency } from '@/lib/credits/book/inputs'
import type { RewardTransfer } from '@/lib/credits/book/records'
import { loadTransfer } from '@/lib/credits/store/load-by-id'
import { rewardTotals } from '@/lib/credits/store/reward-balance'
import { REWARD_TRANSFERS } from '@/lib/credits/store/tables'
import { type Outcome, writeAccount } from '@/lib/credits/store/write-account'
import { InvalidRequest } from '@/lib/errors'
import { type Millicredits, maxOf, millicredits, minOf, toCredits, ZERO } from '@/lib/millicredits'

type TransferInput = { accountId: string; amount: Millicredits; idempotency: Idempotency }

/**
 * Moves rewards to spendable credits, one for one; they never expire. Throws `InvalidRequest` if the amount exceeds the
 * reward balance, `NotFound` for another person's account. If a refund reverses moved rewards later, the credits stay and
 * the next rewards make up what is owed (docs/architecture.md, "Rewards").
 */
export async function transferRewards(ctx: Context, input: TransferInput): Promise<Outcome<RewardTransfer>> {
  const { accountId, amount, idempotency } = input
  requireSight(ctx, accountId, 'user')
  return writeAccount(ctx, {
    accountId,
    idempotency,
    makes: 'transfer',
    recall: (client, { objectId }) => loadTransfer(client, objectId),
    decide: async (book, client) => {
      await lockRewards(client, accountId)
      const rewards = await rewardTotals(client, accountId)
      if (amount > rewards.balance) {
        throw InvalidRequest.at('amount', `At most ${toCredits(rewards.balance)} credits can be moved.`)
      }
      const reason = 'moved from rewards'
      const grant = book.issue({
        source: 'reward',
        amount,
        expiresAt: null,
        period: null,
        payment: null,
        reason,
      })
      const fundedFree = minOf(amount, maxOf(ZERO, millicredits(rewards.outstandingFree)))
      const transfer: RewardTransfer = {
        id: grant.id,
        creatorId: accountId,
        amount,
        fundedPaid: (amount - fundedFree) as Millicredits,
        balanceAfter: (rewards.balance - amount) as Millicredits,
        createdAt: book.now,
      }
      await recordTransfer(client, transfer)
      return { value: transfer, objectId: transfer.id, result: null }
    },
  })
}

/** Takes the creator's lock, after the wallet's, so that concurrent transfers cannot move the same rewards. */
async function lockRewards(client: ClientBase, creatorId: string): Promise<void> {
  await client.query({
    name: 'open-reward-account',
    text: 'insert into reward_accounts (creator_id) values ($1) on conflict (creator_id) do nothing',
    values: [creatorId],
  })
  await client.query({
    name: 'lock-reward-account',
    text: 'select 1 from reward_accounts where creator_id = $1 for update',
    values: [creatorId],
  })
}

async function recordTransfer(client: ClientBase, transfer: RewardTransfer): Promise<void> {
  const { creatorId, amount, fundedPaid } = transfer
  await client.query({
    name: 'record-transfer',
    text: `
      with counted as (
        update reward_accounts set transferred = transferred + $2, transferred_paid = transferred_paid + $3
        where creator_id = $1)
      ${REWARD_TRANSFERS.insertFrom('$4::jsonb')}`,
    values: [creatorId, amount, fundedPaid, JSON.stringify([REWARD_TRANSFERS.encode(transfer)])],
  })
}
