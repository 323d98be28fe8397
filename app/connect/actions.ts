'use server'

import { redirect } from 'next/navigation'
import { BUDGET_FIELDS, budgetOf } from '@/components/apps/budget-words'
import type { ConnectProblem } from '@/components/apps/connect-form'
import { grantConsent } from '@/lib/apps/connect'
import { formContext, textOf } from '@/lib/auth/form-context'
import { InvalidRequest, NotFound, Unavailable } from '@/lib/errors'
import { answerHref, connectPath, connectRequest } from './connect-request'

/** Lets the app spend within the chosen budget and goes back to it with a code; answers with the reason when that cannot be. */
export async function allow(_before: ConnectProblem | null, form: FormData): Promise<ConnectProblem | null> {
  const request = connectRequest((name) => form.get(name))
  const { ctx } = await formContext(connectPath(request))
  const budget = budgetOf(textOf(form, BUDGET_FIELDS.kind), textOf(form, BUDGET_FIELDS.amount))
  if (!budget.ok) return { message: budget.message, field: 'budget' }
  const granted = await grantConsent(ctx, {
    app: request.app,
    returnTo: request.returnTo,
    monthlyBudget: budget.monthlyLimit,
    codeChallenge: request.code_challenge,
    codeChallengeMethod: request.code_challenge_method,
  }).catch(problemOf)
  // `redirect` ends the action by throwing, so it stands outside of what is caught.
  if ('code' in granted) redirect(answerHref(request.returnTo, request.state, granted))
  return granted
}

/** In words for the person who pressed the button; a defect of ours is thrown on. */
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
