'use server'

import { redirect } from 'next/navigation'
import { asAppPerson, attempt, refused } from '@/app/form-outcome'
import type { AppOutcome } from '@/components/apps/app-json'
import { BUDGET_FIELDS, budgetOf } from '@/components/apps/budget-words'
import { APP_VISIBILITIES, type AppVisibility } from '@/lib/apps/app'
import { revokeConsent } from '@/lib/apps/app-tokens'
import { createApp } from '@/lib/apps/create-app'
import { findPayersApp } from '@/lib/apps/find-app'
import { updateApp } from '@/lib/apps/update-app'
import { textOf } from '@/lib/auth/form-context'
import { setBudget, setBudgetPaused } from '@/lib/credits/verbs/set-budget'

const HERE = '/settings/apps'
const GONE = 'This app no longer exists. Reload the page to see the current list.'

/** Sets or removes an app's monthly budget without changing whether the app is paused. */
export async function changeBudget(before: AppOutcome, form: FormData): Promise<AppOutcome> {
  return asAppPerson(HERE, async ({ ctx, accountId }) => {
    const budget = budgetOf(textOf(form, BUDGET_FIELDS.kind), textOf(form, BUDGET_FIELDS.amount))
    if (!budget.ok) return refused({ errors: { amount: budget.message } })
    const set = async () => {
      const { id: appId } = await findPayersApp(ctx, textOf(form, 'app'), accountId)
      await setBudget(ctx, { accountId, appId, monthlyLimit: budget.monthlyLimit, paused: null })
    }
    return attempt(before, set, GONE)
  })
}

export async function setPaused(before: AppOutcome, form: FormData): Promise<AppOutcome> {
  return asAppPerson(HERE, ({ ctx, accountId }) => {
    const set = async () => {
      const { id: appId } = await findPayersApp(ctx, textOf(form, 'app'), accountId)
      await setBudgetPaused(ctx, { accountId, appId, paused: textOf(form, 'paused') === 'yes' })
    }
    return attempt(before, set, GONE)
  })
}

/** Revokes consent for an app and all of its tokens. */
export async function revoke(before: AppOutcome, form: FormData): Promise<AppOutcome> {
  return asAppPerson(HERE, ({ ctx }) =>
    attempt(before, () => revokeConsent(ctx, { app: textOf(form, 'app') }), GONE),
  )
}

/** Registers the viewer's app and returns to the list. */
export async function create(before: AppOutcome, form: FormData): Promise<AppOutcome> {
  return asAppPerson(`${HERE}/new`, ({ ctx, accountId }) =>
    leave(before, () => createApp(ctx, { accountId, ...appFields(form), ...slugIn(form) })),
  )
}

/** Changes the viewer's app and returns to the list. */
export async function change(before: AppOutcome, form: FormData): Promise<AppOutcome> {
  const app = textOf(form, 'app')
  return asAppPerson(`${HERE}/${encodeURIComponent(app)}`, ({ ctx }) =>
    leave(before, () => updateApp(ctx, { app, ...appFields(form) })),
  )
}

function appFields(form: FormData): { name: string; visibility: AppVisibility; origins: string[] } {
  const visibility = APP_VISIBILITIES.find((one) => one === textOf(form, 'visibility')) ?? 'private'
  const origins = linesOf(textOf(form, 'origins'))
  return { name: textOf(form, 'name'), visibility, origins }
}

function linesOf(text: string): string[] {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter(Boolean)
}

/** If empty, the slug is derived from the name. */
function slugIn(form: FormData): { slug?: string } {
  const slug = textOf(form, 'slug').trim()
  return slug === '' ? {} : { slug }
}

async function leave(before: AppOutcome, act: () => Promise<unknown>): Promise<AppOutcome> {
  const outcome = await attempt(before, act, GONE)
  // `redirect` throws, so it is called outside the try block.
  if (outcome.done > 0) redirect(HERE)
  return outcome
}
