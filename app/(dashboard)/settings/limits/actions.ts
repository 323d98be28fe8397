'use server'

import { asAppPerson, attempt, refused } from '@/app/form-outcome'
import type { AppOutcome } from '@/components/apps/app-json'
import { parseCredits } from '@/components/apps/parse-credits'
import { findPayersApp } from '@/lib/apps/find-app'
import { textOf } from '@/lib/auth/form-context'
import type { Context } from '@/lib/context'
import { LIMIT_WINDOWS } from '@/lib/credits/book/records'
import { closeRun, raiseRun } from '@/lib/credits/verbs/runs'
import { type LimitTarget, setLimit } from '@/lib/credits/verbs/set-limit'
import { InvalidRequest, NotFound, RunClosed } from '@/lib/errors'
import { parsePublicId } from '@/lib/ids'
import { type Millicredits, ZERO } from '@/lib/millicredits'

const HERE = '/settings/limits'
const GONE = 'This no longer exists. Reload the page to see what is there now.'
const NO_AMOUNT = 'Enter 0 or more, with at most three decimals.'

/** Sets one of the person's limits, or removes it if the "Remove" button was pressed. */
export async function changeLimit(before: AppOutcome, form: FormData): Promise<AppOutcome> {
  return asAppPerson(HERE, async ({ ctx, accountId }) => {
    const amount = textOf(form, 'remove') === 'yes' ? null : amountOf(textOf(form, 'amount'))
    if (amount === undefined) return refused({ errors: { amount: NO_AMOUNT } })
    const set = async () => {
      const window = LIMIT_WINDOWS.find((one) => one === textOf(form, 'window'))
      if (window === undefined) throw new NotFound('limit')
      const target = await targetOf(ctx, accountId, textOf(form, 'target'))
      await setLimit(ctx, { accountId, ...target, window, amount })
    }
    return attempt(before, set, GONE)
  })
}

/** Sets the cap of one of the person's runs. */
export async function raiseCap(before: AppOutcome, form: FormData): Promise<AppOutcome> {
  return asAppPerson(HERE, async ({ ctx }) => {
    const cap = parseCredits(textOf(form, 'amount'))
    if (cap === null)
      return refused({ errors: { cap: 'Enter an amount above 0 with at most three decimals.' } })
    return attempt(before, () => openRun(() => raiseRun(ctx, runOf(form), cap)), GONE)
  })
}

/** Closes one of the person's runs. */
export async function stopRun(before: AppOutcome, form: FormData): Promise<AppOutcome> {
  return asAppPerson(HERE, ({ ctx }) => attempt(before, () => closeRun(ctx, runOf(form)), GONE))
}

/** Undefined if the text is not an amount. */
function amountOf(text: string): Millicredits | undefined {
  return /^0+$/.test(text.trim()) ? ZERO : (parseCredits(text) ?? undefined)
}

async function targetOf(ctx: Context, accountId: string, target: string): Promise<LimitTarget> {
  if (target === 'account' || target === 'editor') return { scope: target, appId: null }
  const { id: appId } = await findPayersApp(ctx, target, accountId)
  return { scope: 'app', appId }
}

function runOf(form: FormData): string {
  const id = parsePublicId('run', textOf(form, 'run'))
  if (id === null) throw new NotFound('run')
  return id
}

/** Reports a closed run as a problem with the field. */
async function openRun<Result>(act: () => Promise<Result>): Promise<Result> {
  try {
    return await act()
  } catch (error) {
    throw error instanceof RunClosed ? InvalidRequest.at('cap', 'belongs to a run that has closed') : error
  }
}
