import { z } from '@hono/zod-openapi'
import { PLAN_STATUSES } from '@/lib/billing/types'
import { SURFACES } from '@/lib/usage/charge-view'
import { credits, time } from './fields'

export const user = z
  .strictObject({
    id: z.string(),
    externalId: z.string().nullable(),
    email: z.string(),
    name: z.string().nullable(),
    plan: z.enum(['free', 'super']),
    createdAt: time,
  })
  .openapi('User')

export const grant = z
  .strictObject({
    id: z.string(),
    user: z.string(),
    source: z.enum(['allowance', 'pack', 'reward', 'promo']),
    amount: credits,
    remaining: credits,
    expiresAt: time.nullable(),
    createdAt: time,
  })
  .openapi('Grant')

const remaining = z.strictObject({ remaining: credits })

export const balance = z
  .strictObject({
    plan: z.strictObject({
      key: z.enum(['free', 'super']),
      name: z.string(),
      status: z.enum(PLAN_STATUSES),
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
    }),
    packs: remaining,
    promo: remaining,
    moved: remaining,
    rewards: z.strictObject({ balance: credits, onHold: credits, owed: credits }),
  })
  .openapi('Balance')

const counted = { total: credits, charges: z.int() }

export const usageSummary = z
  .strictObject({
    from: time,
    to: time,
    total: credits,
    byOperation: z.array(z.strictObject({ operation: z.string(), ...counted })),
    byDay: z.array(z.strictObject({ day: z.iso.date(), total: credits })),
    byApp: z.array(z.strictObject({ app: z.string().nullable(), ...counted })),
    bySurface: z.array(z.strictObject({ surface: z.enum(SURFACES), ...counted })),
  })
  .openapi('UsageSummary')
