import { z } from '@hono/zod-openapi'
import { credits, time } from './fields'
import { grantSource, surface } from './metering'

/** The catalogue defines the plans. */
const planKey = z.string().openapi({ description: 'The key of the plan.', example: 'super' })

export const user = z
  .strictObject({
    id: z.string(),
    externalId: z.string().nullable(),
    email: z.string(),
    name: z.string().nullable(),
    plan: planKey,
    createdAt: time,
  })
  .openapi('User')
export type UserJson = z.output<typeof user>

export const grant = z
  .strictObject({
    id: z.string(),
    user: z.string(),
    source: grantSource,
    amount: credits,
    remaining: credits,
    expiresAt: time.nullable(),
    createdAt: time,
  })
  .openapi('Grant')
export type GrantJson = z.output<typeof grant>

export const appToken = z
  .strictObject({ token: z.string().openapi({ example: 'at_…' }), expiresAt: time })
  .openapi('AppToken', {
    description:
      "Proves one user's consent for one app. It allows quotes; with a secret key it identifies the payer.",
  })
export type AppTokenJson = z.output<typeof appToken>

const remaining = z.strictObject({ remaining: credits })

export const balance = z
  .strictObject({
    plan: z.strictObject({
      key: planKey,
      name: z.string(),
      status: z.enum([
        'active',
        'cancelling',
        'past_due',
        'trialing',
        'processing',
        'invoiced',
        'pausing',
        'paused',
        'unpaid',
        'incomplete',
        'checking',
      ]),
      endsAt: time.nullable(),
    }),
    available: credits,
    held: credits,
    allowance: z.strictObject({
      limit: credits,
      used: credits,
      held: credits,
      remaining: credits,
      periodStart: time.nullable(),
      resetsAt: time.nullable(),
      carried: z.strictObject({ remaining: credits, endsAt: time }).nullable().openapi({
        description:
          'The credits that an upgrade or a trial left of the previous plan, as part of `remaining`, and when they end; null if there are none.',
      }),
    }),
    packs: remaining,
    promo: remaining,
    moved: remaining,
    rewards: z.strictObject({ balance: credits, onHold: credits, owed: credits }),
  })
  .openapi('Balance')
export type BalanceJson = z.output<typeof balance>

const counted = { total: credits, charges: z.int() }

export const usageSummary = z
  .strictObject({
    from: time,
    to: time,
    total: credits,
    byOperation: z.array(z.strictObject({ operation: z.string(), ...counted })),
    byDay: z.array(z.strictObject({ day: z.iso.date(), total: credits })),
    byApp: z.array(z.strictObject({ app: z.string().nullable(), ...counted })),
    bySurface: z.array(z.strictObject({ surface, ...counted })),
  })
  .openapi('UsageSummary')
export type SummaryJson = z.output<typeof usageSummary>
