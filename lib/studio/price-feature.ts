import { type AiDeps, CreditsRefusal, quoteText, quoteUnits } from '@/lib/ai/metered'
import { type Plan, plansByRank, planWithTier } from '@/lib/catalog'
import { currentCatalog, operationEver } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import type { QuoteJson } from '@/lib/contract/metering'
import { publicId } from '@/lib/ids'
import { toCredits } from '@/lib/millicredits'
import { type ChatMode, PROMPT_LENGTH_MAX } from './choices'
import { type Feature, workOf } from './features'
import { requirePerson } from './project'
import { readSpending, type Spending } from './read-spending'
import { describeTurn } from './run-editor'
import type { StudioApp } from './studio-app'

/**
 * An obstacle to an action, known before it is tried: the plan, a pause, or too little left of the app's budget or the
 * balance for the reservation. `plan`: the name of a plan that includes the operation. `left`: credits.
 */
export type Obstacle =
  | { kind: 'plan'; plan: string }
  | { kind: 'paused' }
  | { kind: 'budget' | 'balance'; left: number }

/** The expected price of a button, in credits, before it is pressed. */
export type Price = {
  usual: number
  /** The reserved amount. The app never takes more without asking again. */
  most: number
  /** The part of `usual` that goes to the app's creator; 0 in the person's own app. */
  premium: number
  obstacle: Obstacle | null
}

/** A typical prompt, to price a feature before the person has written anything. */
const TYPICAL_PROMPT =
  'Something short and friendly about the first day of spring in a small town by the sea, for people who are about to visit it.'

type PricedFeature = {
  app: StudioApp
  feature: Feature
  prompt: string
  /** The app's token for the person; null before they have allowed the app. */
  token: string | null
  spending: Spending
}

/** The price of a feature for the signed-in person, even before they allow the app. Null while it cannot be known. */
export function priceFeature(
  ctx: Context,
  deps: AiDeps,
  { app, feature, prompt: asked, token, spending }: PricedFeature,
): Promise<Price | null> {
  const prompt = asked === '' ? TYPICAL_PROMPT : asked.slice(0, PROMPT_LENGTH_MAX)
  const work = workOf(feature, prompt, app.design)
  const payer =
    token === null
      ? { user: publicId('user', requirePerson(ctx)), app: publicId('app', app.id) }
      : { appToken: token }
  const quoted =
    work.by === 'text'
      ? quoteText(deps, { payer, ...work.request })
      : quoteUnits(deps, { payer, ...work.request })
  return priceOf(work.request.operation, quoted, spending)
}

/**
 * The price of a turn of the editor's chat. Throws `NotFound` for another person's project; null while it cannot be
 * known.
 */
export async function priceTurn(
  ctx: Context,
  deps: AiDeps,
  input: { project: string; mode: ChatMode; said: string },
): Promise<Price | null> {
  const said = input.said === '' ? TYPICAL_PROMPT : input.said
  const [turn, spending] = await Promise.all([describeTurn(ctx, { ...input, said }), readSpending(ctx, null)])
  return priceOf(turn.operation, quoteText(deps, turn), spending)
}

async function priceOf(
  operation: string,
  quoted: Promise<{ usual: QuoteJson; most: QuoteJson }>,
  spending: Spending,
): Promise<Price | null> {
  try {
    const { usual, most } = await quoted
    return {
      usual: usual.total,
      most: most.total,
      premium: usual.premium,
      obstacle: obstacleTo(operation, most, spending),
    }
  } catch (error) {
    if (error instanceof CreditsRefusal) return null
    throw error
  }
}

function obstacleTo(
  operation: string,
  { total, allowed }: QuoteJson,
  { available, budget, paused }: Spending,
): Obstacle | null {
  if (allowed === false) return { kind: 'plan', plan: planWith(operation)?.name ?? '' }
  if (paused) return { kind: 'paused' }
  if (budget !== null && toCredits(budget.left) < total)
    return { kind: 'budget', left: toCredits(budget.left) }
  return toCredits(available) < total ? { kind: 'balance', left: toCredits(available) } : null
}

/** The lowest plan with an operation; the highest plan for an operation that is no longer offered. */
function planWith(operation: string): Plan | undefined {
  const tier = operationEver(operation)?.tier
  const catalog = currentCatalog()
  return tier === undefined ? plansByRank(catalog).at(-1) : planWithTier(catalog, tier)
}
