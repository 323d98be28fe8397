'use server'

import { refresh } from 'next/cache'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { parseCredits } from '@/components/apps/parse-credits'
import type { ActionProblem } from '@/components/billing/action-form'
import { USUAL } from '@/components/operator/catalog-words'
import { parseMoney } from '@/components/operator/parse-money'
import { accountPath, endpointPath, subjectPath, versionPath } from '@/components/operator/paths'
import { NO_FORM, textOf, textsOf } from '@/lib/auth/form-context'
import { isSameOrigin } from '@/lib/auth/same-origin'
import type { Context } from '@/lib/context'
import { EVENT_TYPES } from '@/lib/contract/events'
import { decimalOf } from '@/lib/currencies'
import { getEnv } from '@/lib/env'
import { DomainError, InvalidRequest, NotFound } from '@/lib/errors'
import type { EventType } from '@/lib/event-types'
import { countRequest } from '@/lib/http/rate-limit'
import { type IdKind, parsePublicId, publicId } from '@/lib/ids'
import { acceptMismatch } from '@/lib/operator/accept-payment-as-staff'
import { applyWebhooks } from '@/lib/operator/apply-webhooks'
import { runAudit } from '@/lib/operator/audit-runs'
import {
  addDraft,
  removeDraft,
  saveDraft,
  saveUsual,
  scheduleAsStaff,
  withdrawAsStaff,
} from '@/lib/operator/catalog-as-staff'
import { closeNoticeAsStaff } from '@/lib/operator/close-notice-as-staff'
import { completeSession } from '@/lib/operator/complete-session'
import { grantCreditsAsStaff } from '@/lib/operator/grant-credits-as-staff'
import { refundChargeAsStaff } from '@/lib/operator/refund-charge-as-staff'
import { refundPaymentAsStaff } from '@/lib/operator/refund-payment-as-staff'
import { releaseHoldAsStaff } from '@/lib/operator/release-hold-as-staff'
import { revokeGrantAsStaff } from '@/lib/operator/revoke-grant-as-staff'
import {
  addEndpoint,
  changeEndpoint,
  removeEndpoint,
  rotateEndpointSecret,
  sendEventAgain,
  sendTestEvent,
  switchEndpoint,
} from '@/lib/operator/webhooks-as-staff'
import { orNotFound, staffContext } from './staff-context'

type Answer = Promise<ActionProblem | null>

export async function give(_before: ActionProblem | null, form: FormData): Answer {
  return act(form, async (ctx) => {
    const accountId = idOf('user', form, 'user')
    const amount = creditsOf(form)
    const days = textOf(form, 'days').trim()
    if (days !== '' && !/^[1-9]\d{0,3}$/.test(days))
      throw InvalidRequest.at('days', 'Enter a whole number of days, or leave this empty.')
    const gift = { accountId, amount, days: days === '' ? null : Number(days) }
    const { value } = await grantCreditsAsStaff(ctx, { ...formOf(form), ...gift })
    return subjectPath(accountId, publicId('grant', value.id))
  })
}

export async function takeBack(_before: ActionProblem | null, form: FormData): Answer {
  return act(form, async (ctx) => {
    await revokeGrantAsStaff(ctx, { ...formOf(form), grantId: idOf('grant', form, 'subject') })
    return backTo(form)
  })
}

export async function giveBack(_before: ActionProblem | null, form: FormData): Answer {
  return act(form, async (ctx) => {
    const chargeId = idOf('charge', form, 'subject')
    await refundChargeAsStaff(ctx, { ...formOf(form), chargeId, amount: creditsOf(form) })
    return backTo(form)
  })
}

export async function end(_before: ActionProblem | null, form: FormData): Answer {
  return act(form, async (ctx) => {
    await releaseHoldAsStaff(ctx, { ...formOf(form), holdId: idOf('hold', form, 'subject') })
    return backTo(form)
  })
}

export async function complete(_before: ActionProblem | null, form: FormData): Answer {
  return act(form, async (ctx) => {
    const { outcome, detail } = await completeSession(ctx, {
      ...formOf(form),
      sessionId: textOf(form, 'subject'),
    })
    return outcome === 'done' ? backTo(form) : refused(detail)
  })
}

export async function refundMoney(_before: ActionProblem | null, form: FormData): Answer {
  return act(form, async (ctx) => {
    const currency = textOf(form, 'currency')
    const amount = parseMoney(textOf(form, 'amount'), currency)
    if (amount === null)
      throw InvalidRequest.at('amount', `Enter an amount of money such as ${decimalOf(600, currency)}.`)
    const { outcome, detail } = await refundPaymentAsStaff(ctx, {
      ...formOf(form),
      payment: textOf(form, 'subject'),
      amount,
      currency,
    })
    return outcome === 'done' ? backTo(form) : refused(detail)
  })
}

/** Accepts a payment that differs from what was sold, and grants what was sold. */
export async function accept(_before: ActionProblem | null, form: FormData): Answer {
  return act(form, async (ctx) => {
    const { outcome, detail } = await acceptMismatch(ctx, {
      ...formOf(form),
      notice: textOf(form, 'notice'),
    })
    return outcome === 'done' ? backTo(form) : refused(detail)
  })
}

/** Closes a billing notice. */
export async function closeOne(_before: ActionProblem | null, form: FormData): Answer {
  return act(form, async (ctx) => {
    const outcome = textOf(form, 'outcome') === 'accepted' ? 'accepted' : 'seen'
    await closeNoticeAsStaff(ctx, { ...formOf(form), notice: textOf(form, 'notice'), outcome })
    return '/operator/notices#money'
  })
}

export async function applyWaiting(_before: ActionProblem | null, form: FormData): Answer {
  return act(form, async (ctx) => {
    const { outcome, detail } = await applyWebhooks(ctx, formOf(form))
    return outcome === 'done' ? '/operator/notices' : refused(detail)
  })
}

export async function audit(_before: ActionProblem | null, form: FormData): Answer {
  return act(form, async (ctx) => {
    await runAudit(ctx)
    // A redirect to an anchor on the same page does not reload the page.
    refresh()
    return null
  })
}

/**
 * Runs `work` for a member of staff and follows the redirect it returns. For everyone else the action does not exist.
 * Expected failures are answered in words; an unexpected error is rethrown.
 */
async function act(form: unknown, work: (ctx: Context) => Promise<string | ActionProblem | null>): Answer {
  const { ctx, staff } = await staffContext()
  if (!(form instanceof FormData)) return { message: NO_FORM }
  if (!isSameOrigin(await headers(), getEnv().appUrl))
    return { message: 'This was sent from another site. Open the page here and try again.' }
  const done = countRequest('user', staff.userId).then(() => work(ctx))
  const answer = await orNotFound(done.catch(problemOf))
  // `redirect` throws, so it is called outside the try block.
  if (typeof answer === 'string') redirect(answer)
  return answer
}

function problemOf(error: unknown): ActionProblem {
  if (!(error instanceof DomainError) || error instanceof NotFound) throw error
  if (error instanceof InvalidRequest) return { message: inWords(error) }
  if (error.code === 'idempotency_conflict')
    return {
      message: 'This form was already sent with different values. Reload the page and fill it in again.',
    }
  return { message: error.message }
}

/** Forms show their fields; a document has so many that its refusals name the place. */
function inWords(error: InvalidRequest): string {
  const [first] = error.errors
  return first === undefined || !first.path.startsWith('document.')
    ? (first?.message ?? error.message)
    : error.message
}

/** After a refusal, the page is rendered again so that the next attempt has a new key. */
function refused(detail: string | null): ActionProblem {
  refresh()
  return { message: detail ?? 'This could not be done.' }
}

function formOf(form: FormData): { reason: string; key: string } {
  return { reason: textOf(form, 'reason'), key: textOf(form, 'key') }
}

function creditsOf(form: FormData) {
  const amount = parseCredits(textOf(form, 'amount'))
  if (amount === null) throw InvalidRequest.at('amount', 'Enter an amount of credits such as 40 or 12.5.')
  return amount
}

function idOf(kind: IdKind, form: FormData, field: string): string {
  const id = parsePublicId(kind, textOf(form, field))
  if (id === null) throw new NotFound(kind)
  return id
}

/** The page of the object that the action changes, which shows the result. */
function backTo(form: FormData): string {
  const accountId = idOf('user', form, 'user')
  const subject = textOf(form, 'subject')
  return subject === '' ? accountPath(accountId) : subjectPath(accountId, subject)
}

/** Adds a webhook endpoint and opens its page, which shows its secret. */
export async function addWebhook(_before: ActionProblem | null, form: FormData): Answer {
  return act(form, async (ctx) => {
    const id = idOf('endpoint', form, 'endpoint')
    await addEndpoint(ctx, { ...formOf(form), id, url: textOf(form, 'url').trim(), types: typesOf(form) })
    return endpointPath(id)
  })
}

export async function changeWebhook(_before: ActionProblem | null, form: FormData): Answer {
  return act(form, async (ctx) => {
    const id = idOf('endpoint', form, 'endpoint')
    await changeEndpoint(ctx, { ...formOf(form), id, url: textOf(form, 'url').trim(), types: typesOf(form) })
    return endpointPath(id)
  })
}

export async function switchWebhook(_before: ActionProblem | null, form: FormData): Answer {
  return act(form, async (ctx) => {
    const id = idOf('endpoint', form, 'endpoint')
    await switchEndpoint(ctx, { ...formOf(form), id, isOn: textOf(form, 'to') === 'on' })
    return endpointPath(id)
  })
}

export async function rotateWebhook(_before: ActionProblem | null, form: FormData): Answer {
  return act(form, async (ctx) => {
    const id = idOf('endpoint', form, 'endpoint')
    await rotateEndpointSecret(ctx, { ...formOf(form), id })
    return endpointPath(id)
  })
}

export async function testWebhook(_before: ActionProblem | null, form: FormData): Answer {
  return act(form, async (ctx) => {
    const id = idOf('endpoint', form, 'endpoint')
    await sendTestEvent(ctx, id)
    return endpointPath(id)
  })
}

export async function resendWebhook(_before: ActionProblem | null, form: FormData): Answer {
  return act(form, async (ctx) => {
    const endpointId = idOf('endpoint', form, 'endpoint')
    await sendEventAgain(ctx, { endpointId, eventId: idOf('event', form, 'event') })
    return endpointPath(endpointId)
  })
}

export async function deleteWebhook(_before: ActionProblem | null, form: FormData): Answer {
  return act(form, async (ctx) => {
    await removeEndpoint(ctx, { ...formOf(form), id: idOf('endpoint', form, 'endpoint') })
    return '/operator/webhooks'
  })
}

/** The chosen types; null, every type, if none is chosen. */
function typesOf(form: FormData): EventType[] | null {
  const chosen = textsOf(form, 'types')
  const types = EVENT_TYPES.filter((type) => chosen.includes(type))
  if (types.length < chosen.length) throw InvalidRequest.at('types', 'Choose from the list.')
  return types.length === 0 ? null : types
}

/** Adds a draft that begins as another version, and opens it. */
export async function newDraft(_before: ActionProblem | null, form: FormData): Answer {
  return act(form, async (ctx) =>
    versionPath(await addDraft(ctx, { ...formOf(form), version: versionOf(form) })),
  )
}

export async function saveDocument(_before: ActionProblem | null, form: FormData): Answer {
  return act(form, async (ctx) => {
    const version = versionOf(form)
    const json = textOf(form, 'document')
    await saveDraft(ctx, { ...formOf(form), version, revision: revisionOf(form), json })
    return versionPath(version)
  })
}

export async function savePrices(_before: ActionProblem | null, form: FormData): Answer {
  return act(form, async (ctx) => {
    const version = versionOf(form)
    const values = new Map<string, number>()
    for (const [name] of form) {
      if (!name.startsWith(USUAL)) continue
      const place = name.slice(USUAL.length)
      const text = textOf(form, name).trim()
      if (!/^\d{1,12}(\.\d{1,9})?$/.test(text))
        throw InvalidRequest.at(place, 'must be a number such as 40 or 0.5')
      values.set(place, Number(text))
    }
    await saveUsual(ctx, { ...formOf(form), version, revision: revisionOf(form), values })
    return versionPath(version)
  })
}

export async function dropDraft(_before: ActionProblem | null, form: FormData): Answer {
  return act(form, async (ctx) => {
    const refusal = await removeDraft(ctx, { ...formOf(form), version: versionOf(form) })
    return refusal === null ? '/operator/catalog' : refused(refusal)
  })
}

export async function schedule(_before: ActionProblem | null, form: FormData): Answer {
  return act(form, async (ctx) => {
    const version = versionOf(form)
    const from = new Date(`${textOf(form, 'from')}:00Z`)
    if (Number.isNaN(from.getTime())) throw InvalidRequest.at('effectiveFrom', 'Choose a day and a time.')
    const refusal = await scheduleAsStaff(ctx, { ...formOf(form), version, from })
    return refusal === null ? versionPath(version) : refused(refusal)
  })
}

export async function takeOffSchedule(_before: ActionProblem | null, form: FormData): Answer {
  return act(form, async (ctx) => {
    const version = versionOf(form)
    const refusal = await withdrawAsStaff(ctx, { ...formOf(form), version })
    return refusal === null ? versionPath(version) : refused(refusal)
  })
}

function versionOf(form: FormData): number {
  const text = textOf(form, 'version')
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new NotFound('catalogue version')
  return Number(text)
}

function revisionOf(form: FormData): number {
  const text = textOf(form, 'revision')
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw InvalidRequest.at('revision', 'The form is incomplete. Open the page again.')
  return Number(text)
}
