'use server'

import { redirect } from 'next/navigation'
import { attempt, refused } from '@/app/form-outcome'
import type { AppOutcome } from '@/components/apps/app-json'
import { APP_VISIBILITIES } from '@/lib/apps/app'
import { formContext, textOf } from '@/lib/auth/form-context'
import { publicId } from '@/lib/ids'
import { changeProject } from '@/lib/studio/change-project'
import { APP_COLORS, APP_KINDS } from '@/lib/studio/choices'
import { createProject } from '@/lib/studio/create-project'
import { deleteProject } from '@/lib/studio/delete-project'
import { publishProject } from '@/lib/studio/publish-project'

const HERE = '/editor'
const GONE = 'There is no such project any more. Go back to your projects.'

/** Begins a project, empty for the chat or of a kind, and opens it. */
export async function begin(before: AppOutcome, form: FormData): Promise<AppOutcome> {
  const { ctx, accountId } = await formContext(HERE)
  const kind = APP_KINDS.find((one) => one === textOf(form, 'kind')) ?? null
  let made = ''
  const outcome = await attempt(
    before,
    async () => {
      made = publicId('project', (await createProject(ctx, { ownerId: accountId, kind })).id)
    },
    GONE,
  )
  // `redirect` ends the action by throwing, so it stands outside of what is caught.
  if (made !== '') redirect(`${HERE}/${made}`)
  return outcome.errors.project ? refused({ message: outcome.errors.project }) : outcome
}

/** Gives a project that has no app yet its first version. */
export async function choose(before: AppOutcome, form: FormData): Promise<AppOutcome> {
  const { ctx, project } = await inProject(form)
  const kind = APP_KINDS.find((one) => one === textOf(form, 'kind'))
  return attempt(before, () => changeProject(ctx, { project, changes: {}, ...(kind && { kind }) }), GONE)
}

/** Changes what is being edited, by hand. Costs nothing. */
export async function change(before: AppOutcome, form: FormData): Promise<AppOutcome> {
  const { ctx, project } = await inProject(form)
  const color = APP_COLORS.find((one) => one === textOf(form, 'color'))
  const titles = form.getAll('starterTitle').map(String)
  const bodies = form.getAll('starterBody').map(String)
  const starters = titles
    .map((title, index) => ({ title, body: bodies[index] ?? '' }))
    // An emptied one is how a starter is taken away.
    .filter(({ title, body }) => title.trim() !== '' || body.trim() !== '')
  const changes = {
    name: textOf(form, 'name'),
    tagline: textOf(form, 'tagline'),
    placeholder: textOf(form, 'placeholder'),
    starters,
    ...(color && { color }),
  }
  return attempt(before, () => changeProject(ctx, { project, changes }), GONE)
}

/** Makes what is being edited the version people use. */
export async function publish(before: AppOutcome, form: FormData): Promise<AppOutcome> {
  const { ctx, project } = await inProject(form)
  const visibility = APP_VISIBILITIES.find((one) => one === textOf(form, 'visibility')) ?? 'private'
  return attempt(before, () => publishProject(ctx, { project, visibility }), GONE)
}

/** Deletes a project that was never published. */
export async function remove(before: AppOutcome, form: FormData): Promise<AppOutcome> {
  const { ctx, project } = await inProject(form)
  const outcome = await attempt(before, () => deleteProject(ctx, project), GONE)
  if (outcome.done > before.done) redirect(HERE)
  return outcome.errors.project ? refused({ message: outcome.errors.project }) : outcome
}

async function inProject(form: FormData) {
  const project = textOf(form, 'project')
  const { ctx } = await formContext(`${HERE}/${encodeURIComponent(project)}`)
  return { ctx, project }
}
