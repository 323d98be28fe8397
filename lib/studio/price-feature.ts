import { type AiDeps, CreditsRefusal, type Quote, quoteText, quoteUnits } from '@/lib/ai/metered'
import type { Context } from '@/lib/context'
import { type ChatMode, PROMPT_LENGTH_MAX } from './choices'
import type { Design } from './design'
import { type Feature, workOf } from './features'
import { describeTurn } from './run-editor'

/** The expected price of pressing a button, in credits. */
export type Price = {
  usual: number
  /** The amount held; the price never exceeds it without another confirmation. */
  most: number
  /** The creator's part of `usual`; 0 in one's own app. */
  premium: number
  /** The plan includes the operation. */
  allowed: boolean
  /** The balance and the app's budget cover the hold. */
  affordable: boolean
}

/** A typical prompt, to price a feature before the person has written anything. */
const TYPICAL_PROMPT =
  'Something short and friendly about the first day of spring in a small town by the sea, for people who are about to visit it.'

/** The price of a feature in an app, quoted with the app's token. Null if it cannot be known right now. */
export function priceFeature(
  deps: AiDeps,
  input: { feature: Feature; prompt: string; design: Design; token: string },
): Promise<Price | null> {
  const prompt = input.prompt === '' ? TYPICAL_PROMPT : input.prompt.slice(0, PROMPT_LENGTH_MAX)
  const work = workOf(input.feature, prompt, input.design)
  const payer = { appToken: input.token }
  return priceOf(
    work.by === 'text'
      ? quoteText(deps, { payer, ...work.request })
      : quoteUnits(deps, { payer, ...work.request }),
  )
}

/** The price of a turn of the editor's chat. Throws `NotFound` for another person's project; null if it cannot be known right now. */
export async function priceTurn(
  ctx: Context,
  deps: AiDeps,
  input: { project: string; mode: ChatMode; said: string },
): Promise<Price | null> {
  const said = input.said === '' ? TYPICAL_PROMPT : input.said
  return priceOf(quoteText(deps, await describeTurn(ctx, { ...input, said })))
}

async function priceOf(quoted: Promise<{ usual: Quote; most: Quote }>): Promise<Price | null> {
  try {
    const { usual, most } = await quoted
    return {
      usual: usual.total,
      most: most.total,
      premium: usual.premium,
      allowed: most.allowed !== false,
      affordable: most.affordable !== false,
    }
  } catch (error) {
    if (error instanceof CreditsRefusal) return null
    throw error
  }
}
