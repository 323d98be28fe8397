import { type AiDeps, type RunEvent, runText, runUnits } from '@/lib/ai/metered'
import type { Context } from '@/lib/context'
import { publicId } from '@/lib/ids'
import { chargeIn } from './charge-in'
import { chargeDues, keepDue } from './dues'
import { type Feature, workOf } from './features'
import { titleFrom } from './item'
import { findResult, keepResult } from './keep-result'
import { requirePerson } from './project'
import { relayRun, type StudioEvent, type StudioRun, toldAtOnce } from './relay'
import type { StudioApp } from './studio-app'

type FeatureRun = {
  app: StudioApp
  feature: Feature
  prompt: string
  /**
   * A UUID that identifies one press of a button. Repeating it joins the run or returns its result, and never charges
   * twice.
   */
  actionId: string
  /** The app's token for the signed-in person. */
  token: string
  /** The public id of the run whose cap the person set. */
  run?: string | null
}

/**
 * Runs a feature for the signed-in person at their expense and saves the result among their items, even if they leave or
 * stop it early.
 */
export async function runFeature(ctx: Context, deps: AiDeps, input: FeatureRun): Promise<StudioRun> {
  const { app, feature, prompt, actionId, token, run } = input
  const accountId = requirePerson(ctx)
  const made = await findResult(ctx, { appId: app.id, actionId })
  if (made !== null) {
    const charges = await chargeDues(ctx, deps, actionId)
    const receipts = charges.map((charge) => ({ type: 'receipt', charge, interrupted: false }) as const)
    return toldAtOnce([...receipts, { type: 'kept', item: publicId('item', made.id) }])
  }
  const work = workOf(feature, prompt, app.design)
  const payer = { appToken: token, ...(run && { run }) }
  const action = { payer, action: `app-${actionId}`, reference: `app-${actionId}` }
  return relayRun({
    accountId,
    actionId,
    start: () =>
      work.by === 'text'
        ? runText(deps, { ...action, ...work.request })
        : runUnits(deps, { ...action, ...work.request }),
    tell,
    keep: async (events) => {
      await keepDue(ctx, actionId, events)
      const result = resultOf(events)
      if (result === null) return []
      const charge = chargeIn(events)
      const title = result.title ?? titleFrom(prompt)
      const kept = await keepResult(ctx, {
        ...result,
        // Media is saved with the prompt it was made from.
        body: result.media === null ? result.body : prompt,
        title,
        appId: app.id,
        actionId,
        kind: feature.makes,
        charge,
      })
      return [{ type: 'kept', item: publicId('item', kept.id) }]
    },
  })
}

/** Replaces bytes with a link to the saved item; an extracted page is plain text. */
function tell(event: RunEvent): StudioEvent[] {
  if (event.type === 'media') return []
  if (event.type === 'page') return [{ type: 'text', text: event.text }]
  return [event]
}

type Result = { title: string | null; body: string; media: { type: string; bytes: Uint8Array } | null }

/** The result of a run; null if it produced nothing. */
function resultOf(events: readonly RunEvent[]): Result | null {
  let body = ''
  let title: string | null = null
  let media: Result['media'] = null
  const sources = new Map<string, string>()
  for (const event of events) {
    if (event.type === 'text') body += event.text
    else if (event.type === 'source') sources.set(event.url, event.title)
    else if (event.type === 'page') {
      title = titleFrom(event.title) || event.url
      body += event.text
    } else if (event.type === 'media')
      media = { type: event.mediaType, bytes: Buffer.from(event.base64, 'base64') }
  }
  if (body === '' && media === null) return null
  // Some models already name their sources in the text.
  const unnamed = [...sources].filter(([url]) => !body.includes(url))
  const list = unnamed.map(([url, name]) => `${name}: ${url}`).join('\n')
  return { title, body: list === '' ? body : `${body}\n\nSources\n${list}`, media }
}
