'use server'

import { asAppPerson, attempt } from '@/app/form-outcome'
import type { AppOutcome } from '@/components/apps/app-json'
import { textOf } from '@/lib/auth/form-context'
import type { Context } from '@/lib/context'
import { createItem } from '@/lib/studio/create-item'
import { deleteItem } from '@/lib/studio/delete-item'
import { editItem } from '@/lib/studio/edit-item'
import { getStudioApp } from '@/lib/studio/studio-app'

const GONE = 'This no longer exists. Reload the page to see the current list.'

/** Saves an item written by hand, or changes a saved item, free of charge. */
export async function saveItem(before: AppOutcome, form: FormData): Promise<AppOutcome> {
  const [title, body, item] = [textOf(form, 'title'), textOf(form, 'body'), textOf(form, 'item')]
  return inApp(before, form, async (ctx, appId) => {
    if (item === '') await createItem(ctx, { appId, title, body })
    else await editItem(ctx, { appId, item, title, body })
  })
}

/** Deletes a saved item, free of charge. */
export async function removeItem(before: AppOutcome, form: FormData): Promise<AppOutcome> {
  return inApp(before, form, (ctx, appId) => deleteItem(ctx, { appId, item: textOf(form, 'item') }))
}

async function inApp(
  before: AppOutcome,
  form: FormData,
  act: (ctx: Context, appId: string) => Promise<void>,
): Promise<AppOutcome> {
  const slug = textOf(form, 'app')
  return asAppPerson(`/apps/${encodeURIComponent(slug)}`, ({ ctx }) =>
    attempt(before, async () => act(ctx, (await getStudioApp(ctx, slug)).id), GONE),
  )
}
