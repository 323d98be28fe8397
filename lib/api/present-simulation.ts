import { z } from '@hono/zod-openapi'
import { credits, time } from '@/lib/contract/fields'
import { publicId } from '@/lib/ids'
import { isoFromMicros } from '@/lib/instant'
import { type Millicredits, toCredits } from '@/lib/millicredits'
import { type Change, type Figures, type Line, OTHERS, type Simulation } from '@/lib/simulation/tally'

const change = z.strictObject({ before: credits, after: credits })
const money = z.strictObject({ before: z.int(), after: z.int() })
const figures = {
  charges: z.int(),
  refused: z.int().openapi({ description: 'Charges that would have been refused for lack of credits.' }),
  unpriced: z
    .strictObject({ charges: z.int(), credits })
    .openapi({ description: 'Charges that the version cannot price. No other figure includes them.' }),
  credits: change.openapi({ description: 'Paid, net of refunds.' }),
  rewards: change,
}
const line = z.strictObject({ key: z.string(), ...figures })

export const simulationResult = z
  .strictObject({
    from: time,
    to: time,
    total: z.strictObject(figures),
    operations: z.array(line),
    plans: z.array(line),
    apps: z.array(line).openapi({ description: 'The hundred that change most, and `others`.' }),
    creators: z.array(line).openapi({ description: 'The hundred that change most, and `others`.' }),
    ranOut: z
      .strictObject({ accounts: z.int(), first: z.array(z.strictObject({ user: z.string(), at: time })) })
      .openapi({
        description:
          'The number of accounts that would have run out, and those that would have run out first.',
      }),
    revenue: z
      .array(z.strictObject({ currency: z.string(), ...money.shape }))
      .openapi({ description: 'The value of the paid credits used, at their price, in minor units.' }),
    cost: money.nullable().openapi({
      description:
        "The provider's costs, in minor units of the main currency; null if the document has none.",
    }),
    margin: money.nullable().openapi({
      description:
        'Revenue minus cost; null without costs, or if credits were also bought in other currencies.',
    }),
  })
  .openapi('Simulation')

const amounts = ({ before, after }: Change) => ({
  before: toCredits(before as Millicredits),
  after: toCredits(after as Millicredits),
})

function presentFigures({ charges, refused, unpriced, credits: paid, rewards }: Figures) {
  return {
    charges,
    refused,
    unpriced: { charges: unpriced.charges, credits: toCredits(unpriced.credits as Millicredits) },
    credits: amounts(paid),
    rewards: amounts(rewards),
  }
}

export function presentSimulation(
  { total, operations, plans, apps, creators, ranOut, revenue, cost, margin }: Simulation,
  { from, to }: { from: Date; to: Date },
): z.input<typeof simulationResult> {
  const plain = (lines: Line[]) => lines.map(({ key, ...rest }) => ({ key, ...presentFigures(rest) }))
  const named = (kind: 'app' | 'user', lines: Line[]) =>
    lines.map(({ key, ...rest }) => ({
      key: key === OTHERS ? key : publicId(kind, key),
      ...presentFigures(rest),
    }))
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    total: presentFigures(total),
    operations: plain(operations),
    plans: plain(plans),
    apps: named('app', apps),
    creators: named('user', creators),
    ranOut: {
      accounts: ranOut?.accounts ?? 0,
      first: (ranOut?.first ?? []).map(({ accountId, at }) => ({
        user: publicId('user', accountId),
        at: isoFromMicros(at),
      })),
    },
    revenue: revenue ?? [],
    cost,
    margin,
  }
}
