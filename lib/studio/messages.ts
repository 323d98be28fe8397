import { z } from 'zod'
import type { Context } from '@/lib/context'
import { newUuid } from '@/lib/ids'
import { type Millicredits, millicredits } from '@/lib/millicredits'
import { loadProject } from './project'

const MESSAGE_ROLES = ['user', 'assistant'] as const

/** A message of the editor's chat and its price; null if nothing was charged. */
export type Message = {
  id: string
  role: (typeof MESSAGE_ROLES)[number]
  actionId: string
  body: string
  charge: { id: string; total: Millicredits } | null
  createdAt: Date
}

/** The number of messages shown; the model receives fewer. */
const SHOWN_MAX = 100

const row = z.object({
  id: z.string(),
  role: z.enum(MESSAGE_ROLES),
  action_id: z.string(),
  body: z.string(),
  charge_id: z.string().nullable(),
  total: z.number().nullable(),
  created_at: z.date(),
})

/** The latest messages of a project, oldest first. Throws `NotFound` for another person's project. */
export async function listMessages(ctx: Context, project: string): Promise<Message[]> {
  const { id } = await loadProject(ctx, ctx.pool, { project })
  const { rows } = await ctx.pool.query({
    name: 'list-studio-messages',
    text: `
      select id, role, action_id, body, charge_id, total, created_at from studio_messages where project_id = $1
      order by created_at desc, id desc limit $2`,
    values: [id, SHOWN_MAX],
  })
  return rows.map(messageOf).reverse()
}

type Turn = {
  project: string
  actionId: string
  asked: string
  answered: string
  charge: { id: string; total: Millicredits } | null
}

/** Saves a turn of the chat once per action: question, answer and price. */
export async function keepTurn(ctx: Context, turn: Turn): Promise<void> {
  const { id } = await loadProject(ctx, ctx.pool, turn)
  const { asked, answered, charge, actionId } = turn
  const clean = (text: string) => text.replaceAll('\0', '')
  await ctx.pool.query({
    name: 'keep-studio-turn',
    text: `
      insert into studio_messages (id, project_id, role, action_id, body, charge_id, total, created_at)
      values ($1, $3, 'user', $4, $5, null, null, $9), ($2, $3, 'assistant', $4, $6, $7, $8, $9)
      on conflict (project_id, action_id, role) do nothing`,
    values: [
      newUuid(),
      newUuid(),
      id,
      actionId,
      clean(asked),
      clean(answered),
      charge?.id ?? null,
      charge?.total ?? null,
      ctx.clock.now(),
    ],
  })
}

function messageOf(value: unknown): Message {
  const { action_id: actionId, charge_id: id, total, created_at: createdAt, ...said } = row.parse(value)
  const charge = id === null || total === null ? null : { id, total: millicredits(total) }
  return { ...said, actionId, charge, createdAt }
}
