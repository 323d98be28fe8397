import { z } from '@hono/zod-openapi'
import { credits, cursor, limit, listOf, time, userQuery } from '@/lib/contract/fields'
import { grantSource } from '@/lib/contract/metering'
import { type IdKind, publicId } from '@/lib/ids'
import { dateFromMicros } from '@/lib/instant'
import { millicredits, toCredits } from '@/lib/millicredits'
import { MOVEMENT_KINDS, type Movement, readStatement } from '@/lib/usage/statement'
import { defineRoute, type Route, reply } from '../route'
import { readAccount } from '../who'

const movement = z
  .strictObject({
    id: z.string().openapi({
      description:
        'The id of the charge or refund; for anything else, of the movement itself (`ent_…`). Due movements that no write ' +
        'has recorded yet come first, with ids of their own (`due_…`) that stay the same until a write records them.',
    }),
    at: time,
    kind: z.enum(MOVEMENT_KINDS),
    amount: credits.openapi({ description: 'Positive for incoming credits, negative for outgoing credits.' }),
    balanceAfter: credits.openapi({ description: 'The sum of available and held credits.' }),
    source: grantSource.optional(),
    operation: z.string().optional(),
    app: z.string().optional(),
    charge: z.string().optional(),
    grant: z.string().optional(),
    reason: z.string().optional(),
  })
  .openapi('Movement')

function presentMovement(item: Movement): z.input<typeof movement> {
  const id = (kind: IdKind, uuid: string | null) => (uuid === null ? undefined : publicId(kind, uuid))
  const { source, operation, reason } = item
  const more = {
    source,
    operation,
    app: id('app', item.appId),
    charge: id('charge', item.chargeId),
    grant: id('grant', item.grantId),
    reason,
  }
  return {
    id: ownId(item),
    at: dateFromMicros(item.at).toISOString(),
    kind: item.kind,
    amount: toCredits(millicredits(item.amount)),
    balanceAfter: toCredits(item.balanceAfter),
    ...Object.fromEntries(Object.entries(more).filter(([, value]) => value !== null && value !== undefined)),
  }
}

/**
 * A movement without an id is identified by its instant, which is unique in its account. An unrecorded one has no instant
 * yet.
 */
function ownId(item: Movement): string {
  if (item.dueNumber !== null) {
    // At most one grant can be due: the allowance of the new period.
    const of = item.grantId === null ? [] : [publicId('grant', item.grantId)]
    return ['due', item.kind, ...of, item.dueNumber].join('_')
  }
  if (item.refundId !== null) return publicId('refund', item.refundId)
  if (item.chargeId !== null) return publicId('charge', item.chargeId)
  return `ent_${item.at}`
}

export const statementRoutes: Route[] = [
  defineRoute({
    method: 'get',
    path: '/v1/statement',
    tag: 'Account',
    summary: 'Every movement of an account, newest first, with the balance after it',
    access: 'account',
    problems: ['not_found'],
    query: z.strictObject({ user: userQuery, cursor, limit }),
    answers: {
      200: {
        description: 'A page of movements',
        schema: listOf(movement),
      },
    },
    async handle({ ctx, query: { user, cursor = null, limit } }) {
      const accountId = await readAccount(ctx, user)
      const page = await readStatement(ctx, { accountId, cursor, limit })
      return reply(200, { data: page.items.map(presentMovement), nextCursor: page.nextCursor })
    },
  }),
]
