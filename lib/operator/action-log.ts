import type { ClientBase, Pool } from 'pg'
import { z } from 'zod'
import type { Context } from '@/lib/context'
import type { AccountBook } from '@/lib/credits/book/book'
import type { Idempotency } from '@/lib/credits/book/inputs'
import { IdempotencyConflict, InvalidRequest } from '@/lib/errors'
import { problemWithText } from '@/lib/http/read-body'
import { newUuid } from '@/lib/ids'
import { isoFromMicros, type Micros, micros } from '@/lib/instant'
import { hashRequest } from '@/lib/metering/request-hash'
import type { Staff } from './require-staff'

export const ENDPOINT_ACTIONS = [
  'add_endpoint',
  'change_endpoint',
  'rotate_secret',
  'switch_on_endpoint',
  'switch_off_endpoint',
  'delete_endpoint',
] as const
export type EndpointActionKind = (typeof ENDPOINT_ACTIONS)[number]

export const CATALOG_ACTIONS = [
  'add_draft',
  'save_draft',
  'delete_draft',
  'schedule_version',
  'withdraw_version',
] as const
export type CatalogActionKind = (typeof CATALOG_ACTIONS)[number]

export type ActionKind =
  | 'grant'
  | 'revoke'
  | 'refund_charge'
  | 'end_hold'
  | 'settle_checkout'
  | 'refund_payment'
  | 'apply_webhooks'
  | 'accept_payment'
  | 'close_notice'
  | EndpointActionKind
  | CatalogActionKind

/** The fields of every staff form: a reason, and a key that makes resubmitting the form the same action. */
export type ActionForm = { reason: string; key: string }

/** A staff action. `outcome` is null until the action is known to be finished. */
export type OperatorAction = {
  id: string
  accountId: string | null
  at: Micros
  staffEmail: string
  kind: ActionKind
  /** A public id or a Stripe id. */
  subject: string
  reason: string
  /** Millicredits; for a payment refund, minor units of its currency. */
  amount: number | null
  /** The currency of an amount of money. Null for credits, and for dollars before currencies were recorded. */
  currency: string | null
  key: string
  outcome: 'done' | 'refused' | null
  detail: string | null
}

const REASON_LENGTH_MAX = 500
const KEY = /^[!-~]{8,100}$/

/** Throws `InvalidRequest` if the reason or the key is missing. */
export function checkForm({ reason, key }: ActionForm): ActionForm {
  const words = reason.trim()
  if (words === '')
    throw InvalidRequest.at('reason', 'Give a reason for the next person who looks at this account.')
  if (words.length > REASON_LENGTH_MAX)
    throw InvalidRequest.at('reason', `At most ${REASON_LENGTH_MAX} characters.`)
  const problem = problemWithText(words)
  if (problem !== null) throw InvalidRequest.at('reason', `It ${problem}.`)
  if (!KEY.test(key)) throw InvalidRequest.at('key', 'The form is incomplete. Open the page again.')
  return { reason: words, key }
}

type NewAction = ActionForm & {
  staff: Staff
  accountId: string | null
  kind: ActionKind
  subject: string
  /** The requested amount; null means all of it. */
  amount: number | null
  /** The currency of an amount of money. */
  currency?: string
  /** The lifetime of granted credits; null if they never expire. */
  days?: number | null
}

/**
 * The ledger's idempotency key and request hash for an action. A form has the same ones whichever staff member sends it.
 */
export function ledgerKey(action: NewAction): Idempotency {
  return { key: `operator-${action.key}`, fingerprint: requestHashOf(action) }
}

function requestHashOf({ kind, subject, amount, days, reason }: NewAction): string {
  const asked = { amount, reason, ...(days !== undefined && { days }) }
  return hashRequest(`operator ${kind} ${subject}`, asked)
}

type Finish = { outcome: 'done' | 'refused'; detail: string | null }

type Done = {
  /** The instant of the record, so that the action is above its movements in the timeline. */
  book: AccountBook
  /** The amount moved. */
  amount: number | null
}

/**
 * Records a finished action in its movement's transaction. Throws `IdempotencyConflict`, which rolls the movement back, if
 * the key belongs to another action.
 */
export async function recordAction(
  client: ClientBase,
  action: NewAction,
  { book, amount }: Done,
): Promise<void> {
  const finish = { outcome: 'done', detail: null } as const
  const inserted = await insertAction(client, action, { at: book.writtenAt, amount, finish })
  if (!inserted) throw new IdempotencyConflict(action.subject)
}

/**
 * For effects outside the ledger's transaction: records the action, runs `work`, then records the outcome. Resubmitting a
 * finished action returns its outcome; resubmitting an interrupted one runs `work` again, which must be idempotent. `work`
 * receives the first author, so that its records are the same whoever finishes the action. An error from `work` leaves the
 * action open. Throws `IdempotencyConflict` for another form's key.
 */
export async function runRecorded(
  ctx: Context,
  action: NewAction,
  work: (begun: { signedBy: string }) => Promise<Finish>,
): Promise<Finish> {
  let signedBy = action.staff.email
  const begun = { at: micros(ctx.clock.now()), amount: action.amount, finish: null }
  if (!(await insertAction(ctx.pool, action, begun))) {
    const first = await findByKey(ctx, action.key)
    if (first?.fingerprint !== requestHashOf(action)) throw new IdempotencyConflict(action.subject)
    if (first.outcome !== null) return { outcome: first.outcome, detail: first.detail }
    signedBy = first.staff_email
  }
  const finish = await work({ signedBy })
  await ctx.pool.query({
    name: 'finish-operator-action',
    text: `
      update operator_actions set outcome = $2, detail = $3, finished_at = $4 where key = $1 and outcome is null`,
    values: [action.key, finish.outcome, finish.detail, ctx.clock.now()],
  })
  return finish
}

/** Returns false if the key has been used. */
async function insertAction(
  db: Pick<Pool | ClientBase, 'query'>,
  action: NewAction,
  { at, amount, finish }: { at: Micros; amount: number | null; finish: Finish | null },
): Promise<boolean> {
  const { staff, accountId, kind, subject, reason, key, currency = null } = action
  const instant = isoFromMicros(at)
  const { rowCount } = await db.query({
    name: 'add-operator-action',
    text: `
      insert into operator_actions (id, account_id, at, staff_id, staff_email, kind, subject, reason, amount, key,
        fingerprint, outcome, detail, finished_at, currency)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) on conflict (key) do nothing`,
    values: [
      newUuid(),
      accountId,
      instant,
      staff.userId,
      staff.email,
      kind,
      subject,
      reason,
      amount,
      key,
      requestHashOf(action),
      finish?.outcome ?? null,
      finish?.detail ?? null,
      finish === null ? null : instant,
      currency,
    ],
  })
  return rowCount === 1
}

const COLUMNS =
  'id, account_id, micros(at) as at_micros, staff_email, kind, subject, reason, amount, currency, key, outcome, detail'

const actionRow = z
  .object({
    id: z.string(),
    account_id: z.string().nullable(),
    at_micros: z.number(),
    staff_email: z.string(),
    kind: z.enum([
      'grant',
      'revoke',
      'refund_charge',
      'end_hold',
      'settle_checkout',
      'refund_payment',
      'apply_webhooks',
      'accept_payment',
      'close_notice',
      ...ENDPOINT_ACTIONS,
      ...CATALOG_ACTIONS,
    ]),
    currency: z.string().nullable(),
    subject: z.string(),
    reason: z.string(),
    amount: z.number().nullable(),
    key: z.string(),
    outcome: z.enum(['done', 'refused']).nullable(),
    detail: z.string().nullable(),
  })
  .transform(
    ({ account_id, at_micros, staff_email, ...rest }): OperatorAction => ({
      ...rest,
      accountId: account_id,
      at: at_micros as Micros,
      staffEmail: staff_email,
    }),
  )

async function findByKey(ctx: Context, key: string) {
  const { rows } = await ctx.pool.query<{
    fingerprint: string
    staff_email: string
    outcome: 'done' | 'refused' | null
    detail: string | null
  }>({
    name: 'operator-action-by-key',
    text: 'select fingerprint, staff_email, outcome, detail from operator_actions where key = $1',
    values: [key],
  })
  return rows[0] ?? null
}

/** The maximum number of actions listed for one object. The timeline shows more. */
const SUBJECT_ACTIONS_MAX = 50

/** The actions on one object, newest first. */
export async function actionsOn(ctx: Context, subject: string): Promise<OperatorAction[]> {
  const { rows } = await ctx.pool.query({
    name: 'operator-actions-on',
    text: `select ${COLUMNS} from operator_actions where subject = $1 order by at desc, id desc limit ${SUBJECT_ACTIONS_MAX}`,
    values: [subject],
  })
  return rows.map((row) => actionRow.parse(row))
}

type ActionsInput = {
  accountId: string
  from: Date | null
  before: { at: string; id: string }
  limit: number
}

/** The actions on an account before a place in its timeline, newest first. */
export async function actionsBefore(ctx: Context, input: ActionsInput): Promise<OperatorAction[]> {
  const { rows } = await ctx.pool.query({
    name: 'operator-actions-before',
    text: `
      select ${COLUMNS} from operator_actions
      where account_id = $1 and (at, id) < ($2::timestamptz, $3::uuid) and at >= $4::timestamptz
      order by at desc, id desc limit $5`,
    values: [
      input.accountId,
      input.before.at,
      input.before.id,
      input.from?.toISOString() ?? '-infinity',
      input.limit,
    ],
  })
  return rows.map((row) => actionRow.parse(row))
}
