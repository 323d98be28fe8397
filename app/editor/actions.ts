'use server'

import { redirect } from 'next/navigation'
import { asAppPerson, attempt, refused } from '@/app/form-outcome'
import type { AppOutcome } from '@/components/apps/app-json'
import { APP_VISIBILITIES } from '@/lib/apps/app'
import { textOf, textsOf } from '@/lib/auth/form-context'
import type { Context } from '@/lib/context'
import { publicId } from '@/lib/ids'
import { changeProject } from '@/lib/studio/change-project'
import { APP_COLORS, APP_KINDS } from '@/lib/studio/choices'
import { createProject } from '@/lib/studio/create-project'
import { deleteProject } from '@/lib/studio/delete-project'
import { publishProject } from '@/lib/studio/publish-project'

const HERE = '/editor'
const GONE = 'This project no longer exists. Go back to your projects.'

/** Creates a project, either empty for the chat or of a given kind, and opens it. */
export async function begin(before: AppOutcome, form: FormData): Promise<AppOutcome> {
  const kind = APP_KINDS.find((one) => one === textOf(form, 'kind')) ?? null
  let made = ''
  const outcome = await asAppPerson(HERE, ({ ctx, accountId }) => {
    const create = async () => {
      made = publicId('project', (await createProject(ctx, { ownerId: accountId, kind })).id)
    }
    return attempt(before, create, GONE)
  })
  // `redirect` throws, so it is called outside the try block.
  if (made !== '') redirect(`${HERE}/${made}`)
  return outcome.errors.project ? refused({ message: outcome.errors.project }) : outcome
}

/** Gives an empty project its first version. */
export async function choose(before: AppOutcome, form: FormData): Promise<AppOutcome> {
  const kind = APP_KINDS.find((one) => one === textOf(form, 'kind'))
  return inProject(before, form, (ctx, project) =>
    changeProject(ctx, { project, changes: {}, ...(kind && { kind }) }),
  )
}

/** Changes the draft by hand, free of charge. */
export async function change(before: AppOutcome, form: FormData): Promise<AppOutcome> {
  const color = APP_COLORS.find((one) => one === textOf(form, 'color'))
  const titles = textsOf(form, 'starterTitle')
  const bodies = textsOf(form, 'starterBody')
  const starters = titles
    .map((title, index) => ({ title, body: bodies[index] ?? '' }))
    // Clearing a starter removes it.
    .filter(({ title, body }) => title.trim() !== '' || body.trim() !== '')
  const changes = {
    name: textOf(form, 'name'),
    tagline: textOf(form, 'tagline'),
    placeholder: textOf(form, 'placeholder'),
    starters,
    ...(color && { color }),
  }
  return inProject(before, form, (ctx, project) => changeProject(ctx, { project, changes }))
}

export async function publish(before: AppOutcome, form: FormData): Promise<AppOutcome> {
  const visibility = APP_VISIBILITIES.find((one) => one === textOf(form, 'visibility')) ?? 'private'
  return inProject(before, form, (ctx, project) => publishProject(ctx, { project, visibility }))
}

/** Deletes a project that was never published. */
export async function remove(before: AppOutcome, form: FormData): Promise<AppOutcome> {
  const outcome = await inProject(before, form, deleteProject)
  if (outcome.done > 0) redirect(HERE)
  return outcome.errors.project ? refused({ message: outcome.errors.project }) : outcome
}

function inProject(
  before: AppOutcome,
  form: FormData,
  act: (ctx: Context, project: string) => Promise<unknown>,
): Promise<AppOutcome> {
  const project = textOf(form, 'project')
  return asAppPerson(`${HERE}/${encodeURIComponent(project)}`, ({ ctx }) =>
    attempt(before, () => act(ctx, project), GONE),
  )
}
