import { z } from '@hono/zod-openapi'
import { accountOf } from '@/lib/auth/require'
import {
  appRef,
  credits,
  creditsIn,
  IN_ORDER,
  inOrder,
  period,
  time,
  userQuery,
  userRef,
} from '@/lib/contract/fields'
import type { RewardTransfer } from '@/lib/credits/book/records'
import { transferRewards } from '@/lib/credits/verbs/transfer-rewards'
import { publicId } from '@/lib/ids'
import { hashRequest } from '@/lib/metering/request-hash'
import { toCredits } from '@/lib/millicredits'
import { type AppRewards, getRewards, type Rewards } from '@/lib/rewards/get-rewards'
import { defineRoute, type Route, reply } from '../route'
import { readAccount } from '../who'

const earnings = {
  earned: credits,
  reversed: credits.openapi({
    description:
      'Taken back by refunds, or because the money for the credits was returned; dated on the day of the charge.',
  }),
  onHold: credits.openapi({
    description: 'The part of the earned rewards above the velocity limits, after reversals.',
  }),
}
const FEW_PAYERS = { description: 'Null with fewer than five payers in the period.' }

const rewards = z
  .strictObject({
    balance: credits,
    onHold: credits,
    owed: credits,
    earnedThisMonth: credits,
    earnedTotal: credits,
    reversed: credits,
    transferred: credits,
    byApp: z.array(
      z.strictObject({
        app: z.string(),
        ...earnings,
        uses: z.int().nullable().openapi(FEW_PAYERS),
        paid: credits.nullable().openapi({
          description: 'The total paid by users, including the premium. Null whenever `uses` is null.',
        }),
        byOperation: z
          .array(z.strictObject({ operation: z.string(), ...earnings, uses: z.int(), paid: credits }))
          .nullable()
          .openapi({
            description:
              'Null with fewer than five payers in the period. Operations with fewer than five payers are combined as `other`, if necessary together with one that has more.',
          }),
      }),
    ),
    byDay: z.array(z.strictObject({ day: z.iso.date(), ...earnings })),
  })
  .openapi('Rewards', {
    description: 'The lists cover the requested period; the other fields cover all time.',
  })

type Earned = Pick<AppRewards, 'earned' | 'reversed' | 'onHold'>
const presentEarnings = ({ earned, reversed, onHold }: Earned) => ({
  earned: toCredits(earned),
  reversed: toCredits(reversed),
  onHold: toCredits(onHold),
})

function presentRewards(found: Rewards): z.input<typeof rewards> {
  return {
    balance: toCredits(found.balance),
    onHold: toCredits(found.onHold),
    owed: toCredits(found.owed),
    earnedThisMonth: toCredits(found.earnedThisMonth),
    earnedTotal: toCredits(found.earnedTotal),
    reversed: toCredits(found.reversed),
    transferred: toCredits(found.transferred),
    byApp: found.byApp.map((app) => ({
      app: publicId('app', app.appId),
      ...presentEarnings(app),
      uses: app.figures?.uses ?? null,
      paid: app.figures === null ? null : toCredits(app.figures.paid),
      byOperation:
        app.byOperation?.map((each) => ({
          operation: each.operation,
          ...presentEarnings(each),
          uses: each.uses,
          paid: toCredits(each.paid),
        })) ?? null,
    })),
    byDay: found.byDay.map((each) => ({ day: each.day, ...presentEarnings(each) })),
  }
}

const transfer = z
  .strictObject({
    id: z.string(),
    user: z.string(),
    amount: credits,
    grant: z
      .string()
      .openapi({ description: 'The spendable credits that the rewards became. They never expire.' }),
    balance: credits.openapi({ description: 'The remaining rewards.' }),
    createdAt: time,
  })
  .openapi('RewardTransfer')

function presentTransfer(made: RewardTransfer): z.input<typeof transfer> {
  return {
    id: publicId('transfer', made.id),
    user: publicId('user', made.creatorId),
    amount: toCredits(made.amount),
    grant: publicId('grant', made.id),
    balance: toCredits(made.balanceAfter),
    createdAt: made.createdAt.toISOString(),
  }
}

export const rewardRoutes: Route[] = [
  defineRoute({
    method: 'get',
    path: '/v1/rewards',
    tag: 'Rewards',
    summary: "A creator's rewards by app and day, for whole UTC days; this month by default",
    access: 'account',
    problems: ['not_found'],
    query: z.strictObject({ user: userQuery, ...period, app: appRef.optional() }).refine(inOrder, IN_ORDER),
    answers: { 200: { description: 'The rewards', schema: rewards } },
    async handle({ ctx, query: { user, from = null, to = null, app = null } }) {
      const accountId = await readAccount(ctx, user)
      return reply(200, presentRewards(await getRewards(ctx, { accountId, from, to, app })))
    },
  }),
  defineRoute({
    method: 'post',
    path: '/v1/rewards/transfer',
    tag: 'Rewards',
    summary: 'Move rewards to spendable credits, one for one',
    access: 'account',
    idempotent: true,
    problems: ['not_found'],
    body: z.strictObject({ user: userRef.optional(), amount: creditsIn }).openapi('RewardTransferRequest'),
    answers: { 201: { description: 'The transfer', schema: transfer } },
    async handle({ ctx, body: { user, amount }, idempotencyKey }) {
      const accountId = await accountOf(ctx, user)
      const fingerprint = hashRequest('POST /rewards/transfer', { user: accountId, amount })
      const idempotency = { key: idempotencyKey, fingerprint }
      const made = await transferRewards(ctx, { accountId, amount, idempotency })
      return reply(201, presentTransfer(made.value), made.replayed)
    },
  }),
]
