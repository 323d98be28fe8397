import type { Context } from '@/lib/context'
import { inTransaction } from '@/lib/db/transaction'
import { InvalidRequest } from '@/lib/errors'
import type { AppKind } from './choices'
import { changeDesign, type DesignChanges, newDesign } from './design'
import { loadProject, type Project } from './project'

/**
 * Changes the draft of a project, or creates its first version; the published version does not change. Throws `NotFound`
 * for another person's project and `InvalidRequest` with each invalid field, or with `kind` if a first version lacks it or
 * a later one changes it.
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
  // An app of another kind is a different app, so earlier choices are dropped.
  return newDesign(kind, changes)
}
