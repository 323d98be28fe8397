import type { Context } from '@/lib/context'
import type { Charge, Hold } from '@/lib/credits/book/records'
import type { Outcome } from '@/lib/credits/store/write-account'
import { applyBilling, type BillingFacts } from '@/lib/credits/verbs/apply-billing'
import { grantCredits, revokeGrant } from '@/lib/credits/verbs/grant-credits'
import { refundCharge } from '@/lib/credits/verbs/refund-charge'
import { closeRun, type RunState, raiseRun, startRun } from '@/lib/credits/verbs/runs'
import { type BudgetState, setBudget, setBudgetPaused } from '@/lib/credits/verbs/set-budget'
import { setLimit } from '@/lib/credits/verbs/set-limit'
import { transferRewards } from '@/lib/credits/verbs/transfer-rewards'
import {
  AppPaused,
  BudgetExceeded,
  HoldClosed,
  IdempotencyConflict,
  InsufficientCredits,
  InvalidRequest,
  LimitReached,
  NotFound,
  PlanRequired,
  RunClosed,
} from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { chargeUse } from '@/lib/metering/charge-use'
import { captureUse, extendUse, holdUse, releaseUse } from '@/lib/metering/hold-use'
import { hashRequest } from '@/lib/metering/request-hash'
import { millicredits } from '@/lib/millicredits'
import { type Reading, TRIAL } from './plan-rules.test-support'
import type { Command } from './rules.test-support'
import { type Answer, PLANS } from './state.test-support'

/** The environment of a run: servers on one database, each with its own connections and batches. */
export type Stage = { servers: Context[]; accountIds: string[]; appIds: string[] }

/** The real ledger's answer and the id of the created object (its public id in the case of a conflict). */
export type Said = { answer: Answer; ref: string }

const NOTHING = { reference: null, metadata: null, fingerprint: null }

/** Sends a command to the real ledger. Any error other than a refusal is thrown and ends the run. */
export async function send(stage: Stage, ctx: Context, command: Command): Promise<Said> {
  try {
    const { value, replayed, facts } = await sendCommand(stage, ctx, command)
    return { ref: value, answer: { ok: true, replayed, facts } }
  } catch (error) {
    return { ref: '', answer: refusalOf(stage, error) }
  }
}

function refusalOf(stage: Stage, error: unknown): Answer {
  if (error instanceof InsufficientCredits) {
    const { required, available } = error.facts
    return { ok: false, code: error.code, facts: { required, available } }
  }
  if (error instanceof BudgetExceeded) {
    const { required, budget, used } = error.facts
    return { ok: false, code: error.code, facts: { required, budget, used } }
  }
  if (error instanceof LimitReached) {
    const { required, scope, appId, runId: run, window, limit, used, held } = error.facts
    const app = appId === null ? null : stage.appIds.indexOf(appId)
    return { ok: false, code: error.code, facts: { required, scope, app, run, window, limit, used, held } }
  }
  if (error instanceof HoldClosed)
    return { ok: false, code: error.code, facts: { holdStatus: error.holdStatus } }
  if (error instanceof IdempotencyConflict)
    return { ok: false, code: error.code, facts: { existing: error.existing } }
  if (
    error instanceof PlanRequired ||
    error instanceof AppPaused ||
    error instanceof InvalidRequest ||
    error instanceof NotFound ||
    error instanceof RunClosed
  )
    return { ok: false, code: error.code, facts: {} }
  throw error
}

type Sent = { value: string; replayed: boolean; facts: Record<string, unknown> }

async function sendCommand(stage: Stage, ctx: Context, command: Command): Promise<Sent> {
  const accountId = stage.accountIds[command.account] ?? ''
  const idempotencyKey = command.key
  const idempotency = { key: command.key, fingerprint: hashRequest('model', { ...command, key: '' }) }
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
      const usage = command.quantity === null ? null : await usageOfHold(ctx, command.hold, command.quantity)
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
      const usage = await usageOfHold(ctx, command.hold, command.quantity)
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
        grantId: await grantIdOf(ctx, command.grant),
        idempotency,
        reason,
      })
      return { value: value.id, replayed, facts: { remaining: value.remaining } }
    }
    case 'transfer': {
      const amount = millicredits(command.amount)
      const { value, replayed } = await transferRewards(ctx, { accountId, amount, idempotency })
      const { fundedPaid, balanceAfter } = value
      return { value: value.id, replayed, facts: { fundedPaid, balanceAfter } }
    }
    case 'budget': {
      const monthlyLimit = command.limit === null ? null : millicredits(command.limit)
      return sentBudget(
        await setBudget(ctx, {
          ...appOf(stage, accountId, command.app),
          monthlyLimit,
          paused: command.paused,
        }),
      )
    }
    case 'pause':
      return sentBudget(
        await setBudgetPaused(ctx, { ...appOf(stage, accountId, command.app), paused: command.paused }),
      )
    case 'limit': {
      const { scope, window } = command
      const amount = command.amount === null ? null : millicredits(command.amount)
      const { appId } = appOf(stage, accountId, command.app)
      const { used, held } = await setLimit(ctx, { accountId, scope, appId, window, amount })
      return { value: '', replayed: false, facts: { amount, used, held } }
    }
    case 'run': {
      const { appId } = appOf(stage, accountId, command.app)
      return sentRun(await startRun(ctx, { accountId, appId, cap: millicredits(command.cap), label: null }))
    }
    case 'raise':
      return sentRun(await raiseRun(ctx, command.run, millicredits(command.cap)))
    case 'close':
      return sentRun(await closeRun(ctx, command.run))
    case 'billing': {
      const applied = await applyBilling(ctx, factsOf(accountId, command.reading))
      return { value: '', replayed: !applied, facts: { applied } }
    }
    default:
      return command satisfies never
  }
}

const paymentOf = (stripeLine: string, amount: number, stripePayment: string) => ({
  amount,
  tax: 0,
  currency: 'usd',
  stripePayment,
  stripeLine,
})

const RENEWALS = { awaited: 'expected', overdue: 'failed', debit: 'processing' } as const

function factsOf(accountId: string, reading: Reading): BillingFacts {
  const dateOf = (at: number | null) => (at === null ? null : new Date(at))
  const { subscription } = reading
  const life = subscription && {
    plan: subscription.plan,
    startedAt: new Date(subscription.startedAt),
    endsAt: dateOf(subscription.endsAt),
    renewal: RENEWALS[typeof subscription.renewal === 'object' ? 'debit' : subscription.renewal],
    renewsBy: new Date(typeof subscription.renewal === 'object' ? subscription.renewal.by : '2999-01-01'),
  }
  return {
    accountId,
    packs: reading.packs.map(({ line, payment, amount, cents, expiresAt }) => ({
      amount: millicredits(amount),
      expiresAt: dateOf(expiresAt),
      payment: paymentOf(line, cents, payment),
    })),
    periods: reading.periods.map(({ line, payment, plan, start, end, isTrial, own }) => ({
      period: { start: new Date(start), end: new Date(end) },
      payment: paymentOf(line, isTrial ? 0 : PLANS[plan].cents, payment),
      subscription: { ...(life ?? { startedAt: new Date(start), endsAt: null }), plan },
      lines: own.map((one) => ({ id: one.line, start: new Date(one.start) })),
      ...(isTrial && { isTrial, credits: millicredits(TRIAL) }),
    })),
    subscription: life,
    returned: reading.returned.map(({ payment, cents }) => ({
      lines: [],
      payments: [payment],
      paid: cents,
      returned: cents,
    })),
    isNewest: () => Promise.resolve(!reading.isStale),
    // The audit requires that every trial is noted.
    record: async (client) => {
      for (const { line, isTrial } of reading.periods)
        if (isTrial)
          await client.query(
            `insert into trials (account_id, stripe_subscription, credits, refused, created_at) values ($1, $2, $3, false, now())
              on conflict do nothing`,
            [accountId, line, TRIAL],
          )
    },
  }
}

function usage(operation: string, quantity: number) {
  return operation === 'web.extract' ? { pages: quantity } : { inputTokens: quantity }
}

function requestOf(stage: Stage, command: Extract<Command, { kind: 'charge' | 'hold' }>) {
  const { operation, quantity } = command
  const user = publicId('user', stage.accountIds[command.account] ?? '')
  const app = command.app === null ? {} : { app: publicId('app', stage.appIds[command.app] ?? '') }
  const run = command.run === null ? {} : { run: publicId('run', command.run) }
  return { user, ...app, ...run, operation, usage: usage(operation, quantity), ...NOTHING }
}

async function usageOfHold(ctx: Context, holdId: string, quantity: number) {
  const { rows } = await ctx.pool.query<{ operation: string }>({
    name: 'model-hold-operation',
    text: 'select operation from holds where id = $1',
    values: [holdId],
  })
  return usage(rows[0]?.operation ?? '', quantity)
}

/** The id of a grant, which the model names by its id or its Stripe line. */
async function grantIdOf(ctx: Context, name: string): Promise<string> {
  const { rows } = await ctx.pool.query<{ id: string }>({
    name: 'model-grant-of-line',
    text: 'select id from grants where stripe_line = $1',
    values: [name],
  })
  return rows[0]?.id ?? name
}

const appOf = <App extends number | null>(stage: Stage, accountId: string, app: App) => ({
  accountId,
  appId: (app === null ? null : (stage.appIds[app] ?? '')) as App extends number ? string : string | null,
})

function sentBudget({ monthlyLimit, paused, used, held }: BudgetState): Sent {
  return { value: '', replayed: false, facts: { limit: monthlyLimit, paused, used, held } }
}

function sentRun({ id, cap, spent, held, charges, status, closesAt }: RunState): Sent {
  const facts = { cap, spent, held, charges, status, closesAt: closesAt.getTime() }
  return { value: id, replayed: false, facts }
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
