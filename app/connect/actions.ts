'use server'

import { redirect } from 'next/navigation'
import { asPerson } from '@/app/form-outcome'
import { BUDGET_FIELDS, budgetOf } from '@/components/apps/budget-words'
import type { ConnectOutcome, ConnectProblem } from '@/components/apps/connect-form'
import { allowApp, giveConsent } from '@/lib/apps/connect'
import { textOf } from '@/lib/auth/form-context'
import type { Context } from '@/lib/context'
import { InvalidRequest, NotFound, Unavailable } from '@/lib/errors'
import {
  answerHref,
  type ConnectRequest,
  connectPath,
  connectRequest,
  isConsentAlone,
} from './connect-request'

/**
 * Grants consent within the chosen budget, then returns to the app with a code, or confirms if the request was for consent
 * only. Returns the reason for a failure.
 */
export async function allow(_before: ConnectOutcome | null, form: FormData): Promise<ConnectOutcome> {
  const request = connectRequest((name) => textOf(form, name))
  const refuse = (message: string): ConnectOutcome => ({ message, field: null })
  return asPerson(connectPath(request), refuse, ({ ctx }) => allowAs(ctx, request, form))
}

async function allowAs(ctx: Context, request: ConnectRequest, form: FormData): Promise<ConnectOutcome> {
  const budget = budgetOf(textOf(form, BUDGET_FIELDS.kind), textOf(form, BUDGET_FIELDS.amount))
  if (!budget.ok) return { message: budget.message, field: 'budget' }
  const allowed = { app: request.app, monthlyBudget: budget.monthlyLimit }
  if (isConsentAlone(request)) {
    const done = { isAllowed: true } as const
    return allowApp(ctx, allowed).then(() => done, problemOf)
  }
  const granted = await giveConsent(ctx, {
    ...allowed,
    returnTo: request.returnTo,
    codeChallenge: request.code_challenge,
    codeChallengeMethod: request.code_challenge_method,
  }).catch(problemOf)
  // `redirect` throws, so it is called outside the try block.
  if ('code' in granted) redirect(answerHref(request.returnTo, request.state, granted))
  return granted
}

/** Describes a failure to the person; an unexpected error is rethrown. */
function problemOf(error: unknown): ConnectProblem {
  if (error instanceof Unavailable)
    return { message: 'This could not be saved right now. Nothing was allowed; try again.', field: null }
  if (error instanceof NotFound || error instanceof InvalidRequest)
    return {
      message: 'The app has changed since this page was opened. Go back to it and try again.',
      field: null,
    }
  throw error
}
