import type { Context } from '@/lib/context'
import { inTransaction } from '@/lib/db/transaction'
import { InvalidRequest } from '@/lib/errors'
import type { AppKind } from './choices'
import { changeDesign, type DesignChanges, newDesign } from './design'
import { loadProject, type Project } from './project'

/**
 * Changes what is being edited, or gives a project its first version; people go on using what was published. Throws
 * `NotFound` for somebody else's, `InvalidRequest` naming each field that cannot be taken, or `kind` when it is missing
 * from a first version or another one than before.
 */
export async function changeProject(
  ctx: Context,
  input: { project: string; kind?: AppKind; changes: DesignChanges },
): Promise<Project> {
  return inTransaction(ctx.pool, async (client) => {
    const before = await loadProject(ctx, client, { project: input.project, lock: true })
    const draft = draftAfter(before, input)
    const updatedAt = ctx.clock.now()
    await client.query('update studio_projects set draft = $2, updated_at = $3 where id = $1', [
      before.id,
      JSON.stringify(draft),
      updatedAt,
    ])
    return { ...before, draft, updatedAt }
  })
}

function draftAfter(
  { draft, published }: Project,
  { kind, changes }: { kind?: AppKind; changes: DesignChanges },
) {
  if (draft === null) {
    if (kind === undefined) throw InvalidRequest.at('kind', 'is required: the project has no app yet')
    return newDesign(kind, changes)
  }
  if (kind === undefined || kind === draft.kind) return changeDesign(draft, changes)
  if (published !== null) throw InvalidRequest.at('kind', 'cannot change: the app is published')
  // Of another kind it is another app; what was chosen for the first one goes.
  return newDesign(kind, changes)
}
