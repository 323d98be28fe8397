import {
  type AiDeps,
  editorSystem,
  editorTools,
  type Payer,
  type RunEvent,
  runText,
  type TextRequest,
} from '@/lib/ai/metered'
import type { Context } from '@/lib/context'
import { InvalidRequest } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { changeProject } from './change-project'
import { chargeIn } from './charge-in'
import { APP_COLORS, APP_KINDS, type AppKind, type ChatMode } from './choices'
import type { Design, DesignChanges } from './design'
import { chargeDues, keepDue } from './dues'
import { keepTurn, listMessages, type Message } from './messages'
import { loadProject, requirePerson } from './project'
import { relayRun, type StudioEvent, type StudioRun, toldAtOnce } from './relay'

type EditorRun = {
  /** The public id of the project. */
  project: string
  mode: ChatMode
  said: string
  /** A UUID that identifies one press of the button; repeating it never charges twice. */
  actionId: string
  /** The public id of the run whose cap the person set. */
  run?: string | null
}

/** The length of the history sent to the model; a longer one would raise the price of each turn. */
const REMEMBERED_MAX = 6
const OUTPUT_TOKENS_MAX = 1_000
const STEPS_MAX = 4

/** A turn in the form of `lib/ai`. The tools change the project. */
function turnOf(
  { mode, said, payer }: { mode: ChatMode; said: string; payer: Payer },
  { design, messages, change }: { design: Design | null; messages: readonly Message[]; change: Change },
): Omit<TextRequest, 'action'> {
  const before = messages.slice(-REMEMBERED_MAX).map(({ role, body }) => ({ role, content: body }))
  return {
    payer,
    operation: mode === 'fast' ? 'editor.chat.fast' : 'editor.chat.expert',
    system: editorSystem(design),
    messages: [...before.filter(({ content }) => content !== ''), { role: 'user', content: said }],
    tools: toolsFor(change),
    maxOutputTokens: OUTPUT_TOKENS_MAX,
    maxSteps: STEPS_MAX,
  }
}

/** The next turn, for pricing it. Throws `NotFound` for another person's project. */
export async function describeTurn(
  ctx: Context,
  { project, mode, said }: Omit<EditorRun, 'actionId' | 'run'>,
): Promise<Omit<TextRequest, 'action'>> {
  const user = publicId('user', requirePerson(ctx))
  const { draft: design } = await loadProject(ctx, ctx.pool, { project })
  const messages = await listMessages(ctx, project)
  return turnOf(
    { mode, said, payer: { user } },
    { design, messages, change: () => Promise.resolve({ done: true }) },
  )
}

/**
 * Runs one turn of the editor's chat at the owner's expense: the model changes the project through tools, and the messages
 * and the price are saved. Throws `NotFound` for another person's project.
 */
export async function runEditor(ctx: Context, deps: AiDeps, input: EditorRun): Promise<StudioRun> {
  const { project, mode, said, actionId } = input
  const accountId = requirePerson(ctx)
  const { draft } = await loadProject(ctx, ctx.pool, { project })
  const messages = await listMessages(ctx, project)
  // The turn's changes are in the project, and its words are in the displayed messages.
  if (messages.some((message) => message.actionId === actionId)) {
    await chargeDues(ctx, deps, actionId)
    return toldAtOnce([])
  }
  let design = draft
  // Tools of one step run concurrently; a colour must find the app that an earlier call creates.
  let last: Promise<unknown> = Promise.resolve()
  const change: Change = (kind, changes) => {
    const next = last.then(() => changeProject(ctx, { project, changes, ...(kind && { kind }) }))
    last = next.catch(() => undefined)
    return next.then(
      (changed) => {
        design = changed.draft
        return { done: true }
      },
      (error: unknown) => {
        // The model can correct invalid input; an unexpected error is reported to it as well.
        if (error instanceof InvalidRequest) return { done: false, problem: error.message }
        throw error
      },
    )
  }
  const payer = { user: publicId('user', accountId), ...(input.run && { run: input.run }) }
  const turn = turnOf({ mode, said, payer }, { design: draft, messages, change })
  const metadata = { project }
  return relayRun({
    accountId,
    actionId,
    start: () => runText(deps, { ...turn, action: `editor-${actionId}`, metadata }),
    tell: (event) => tell(event, design),
    keep: async (events) => {
      await keepDue(ctx, actionId, events)
      const charge = chargeIn(events)
      const answered = events.reduce((text, event) => (event.type === 'text' ? text + event.text : text), '')
      if (charge !== null || answered !== '')
        await keepTurn(ctx, { project, actionId, asked: said, answered, charge })
      return []
    },
  })
}

function tell(event: RunEvent, design: Design | null): StudioEvent[] {
  if (event.type === 'media' || event.type === 'page') return []
  if (event.type === 'tool' && design !== null) return [event, { type: 'design', design }]
  return [event]
}

type Change = (
  kind: AppKind | null,
  changes: DesignChanges,
) => Promise<{ done: true } | { done: false; problem: string }>

/** Omitted fields do not change. */
function toolsFor(change: Change) {
  return editorTools(
    { kinds: APP_KINDS, colors: APP_COLORS },
    {
      createApp: ({ kind, ...changes }) => change(kind, changes),
      renameApp: (changes) => change(null, changes),
      setText: (changes) => change(null, changes),
      setColor: (changes) => change(null, changes),
      setStarters: (changes) => change(null, changes),
    },
  )
}
