import type { Context } from '@/lib/context'
import { addPack } from '@/lib/credits/add-pack'
import { grantCredits, revokeGrant } from '@/lib/credits/grant-credits'
import { refundCharge } from '@/lib/credits/refund-charge'
import { returnMoney } from '@/lib/credits/return-money'
import { startSuperPeriod } from '@/lib/credits/start-super-period'
import {
  HoldClosed,
  IdempotencyConflict,
  InsufficientCredits,
  InvalidRequest,
  PlanRequired,
} from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { chargeUse } from '@/lib/metering/charge-use'
import { requestFingerprint } from '@/lib/metering/fingerprint'
import { captureUse, extendUse, holdUse, releaseUse } from '@/lib/metering/hold-use'
import { millicredits } from '@/lib/millicredits'
import type { Charge, Hold } from '../records'
import type { Outcome } from '../write-account'
import type { Command } from './rules.test-support'
import type { Answer } from './state.test-support'

/** Where the commands of a run happen. */
export type Stage = { ctx: Context; accountIds: string[]; appId: string }

/** What the real ledger said, and the id of what it made (as the public id where a conflict names one). */
export type Said = { answer: Answer; ref: string }

const NOTHING = { reference: null, metadata: null, fingerprint: null }

/** Sends a command to the real ledger. An error the product does not mean to give is thrown on: it ends the run. */
export async function send(stage: Stage, command: Command): Promise<Said> {
  try {
    const { value, replayed, facts } = await sendCommand(stage, command)
    return { ref: value, answer: { ok: true, replayed, facts } }
  } catch (error) {
    return { ref: '', answer: refusalOf(error) }
  }
}

function refusalOf(error: unknown): Answer {
  if (error instanceof InsufficientCredits) {
    const { required, available } = error.facts
    return { ok: false, code: error.code, facts: { required, available } }
  }
  if (error instanceof HoldClosed)
    return { ok: false, code: error.code, facts: { holdStatus: error.holdStatus } }
  if (error instanceof IdempotencyConflict)
    return { ok: false, code: error.code, facts: { existing: error.existing } }
  if (error instanceof PlanRequired || error instanceof InvalidRequest)
    return { ok: false, code: error.code, facts: {} }
  throw error
}

type Sent = { value: string; replayed: boolean; facts: Record<string, unknown> }

async function sendCommand(stage: Stage, command: Command): Promise<Sent> {
  const { ctx } = stage
  const accountId = stage.accountIds[command.account] ?? ''
  const idempotencyKey = command.key
  const idempotency = { key: command.key, fingerprint: requestFingerprint('model', { ...command, key: '' }) }
  const reason = 'model'
  switch (command.kind) {
    case 'charge':
      return sentCharge(await chargeUse(ctx, { ...requestOf(stage, command), idempotencyKey }))
    case 'hold': {
      const limit = command.limit === null ? null : millicredits(command.limit)
      return sentHold(
        await holdUse(ctx, {
          ...requestOf(stage, command),
          idempotencyKey,
          limit,
          expiresInSeconds: command.seconds,
        }),
      )
    }
    case 'extend': {
      const usage =
        command.quantity === null ? null : await usageOfHold(stage, command.hold, command.quantity)
      return sentHold(
        await extendUse(ctx, {
          holdId: command.hold,
          idempotencyKey,
          usage,
          expiresInSeconds: command.seconds,
        }),
      )
    }
    case 'capture': {
      const usage = await usageOfHold(stage, command.hold, command.quantity)
      return sentCharge(await captureUse(ctx, { holdId: command.hold, idempotencyKey, usage }))
    }
    case 'release':
      return sentHold(await releaseUse(ctx, { holdId: command.hold, idempotencyKey }))
    case 'refund': {
      const amount = command.amount === null ? null : millicredits(command.amount)
      const { value, replayed } = await refundCharge(ctx, {
        accountId,
        chargeId: command.charge,
        idempotency,
        reason,
        amount,
      })
      return {
        value: value.id,
        replayed,
        facts: { amount: value.amount, rewardReversed: value.rewardReversed },
      }
    }
    case 'grant': {
      const expiresAt = command.expiresAt === null ? null : new Date(command.expiresAt)
      const amount = millicredits(command.amount)
      const { value, replayed } = await grantCredits(ctx, {
        accountId,
        idempotency,
        amount,
        reason,
        expiresAt,
      })
      return { value: value.id, replayed, facts: { remaining: value.remaining } }
    }
    case 'revoke': {
      const { value, replayed } = await revokeGrant(ctx, {
        accountId,
        grantId: command.grant,
        idempotency,
        reason,
      })
      return { value: value.id, replayed, facts: { remaining: value.remaining } }
    }
    case 'pack': {
      const payment = paymentOf(command.key, command.cents)
      const { value, replayed } = await addPack(ctx, {
        accountId,
        amount: millicredits(command.amount),
        expiresAt: null,
        payment,
      })
      return { value: value.id, replayed, facts: {} }
    }
    case 'super': {
      const period = { start: new Date(command.start), end: new Date(command.end) }
      const payment = paymentOf(command.key, 2_000)
      const { value, replayed } = await startSuperPeriod(ctx, {
        accountId,
        period,
        payment,
        cancelAtPeriodEnd: command.cancelled,
      })
      return { value: value.id, replayed, facts: {} }
    }
    case 'moneyBack': {
      const { value } = await returnMoney(ctx, {
        accountId,
        grantId: command.grant,
        returned: command.cents,
        reason,
      })
      return { value: value.id, replayed: false, facts: {} }
    }
    default:
      return command satisfies never
  }
}

const paymentOf = (stripeLine: string, amount: number) => ({
  amount,
  tax: 0,
  currency: 'usd',
  stripePayment: null,
  stripeLine,
})

function usage(operation: string, quantity: number) {
  return operation === 'web.extract' ? { pages: quantity } : { inputTokens: quantity }
}

function requestOf(stage: Stage, command: Extract<Command, { kind: 'charge' | 'hold' }>) {
  const { operation, quantity, inApp } = command
  const user = publicId('user', stage.accountIds[command.account] ?? '')
  const app = inApp ? { app: publicId('app', stage.appId) } : {}
  return { user, ...app, operation, usage: usage(operation, quantity), ...NOTHING }
}

async function usageOfHold(stage: Stage, holdId: string, quantity: number) {
  const { rows } = await stage.ctx.pool.query<{ operation: string }>({
    name: 'model-hold-operation',
    text: 'select operation from holds where id = $1',
    values: [holdId],
  })
  return usage(rows[0]?.operation ?? '', quantity)
}

function sentCharge({ value, replayed }: Outcome<Charge>): Sent {
  const { id, base, premium, absorbed, reward, balanceAfter, parts } = value
  const facts = { base, premium, absorbed, reward, balanceAfter, parts: parts.map((part) => part.amount) }
  return { value: id, replayed, facts }
}

function sentHold({ value, replayed }: Outcome<Hold>): Sent {
  const { id, amount, status, expiresAt } = value
  return { value: id, replayed, facts: { amount, status, expiresAt: expiresAt.getTime() } }
}
