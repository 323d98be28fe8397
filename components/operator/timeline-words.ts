import { planName } from '@/components/billing/plan-words'
import type { Tone } from '@/components/ui/badge'
import { sourceNames } from '@/components/usage/charge-words'
import type { Checkout } from '@/lib/billing'
import { operationEver, packEver, planEver } from '@/lib/catalogs/current'
import { creditsInWords, formatCredits, formatMoney } from '@/lib/format'
import { publicId } from '@/lib/ids'
import type { Millicredits } from '@/lib/millicredits'
import { nameInText } from '@/lib/names'
import type { OperatorAction } from '@/lib/operator/action-log'
import type { TimelineItem, TimelineKind } from '@/lib/operator/read-timeline'
import type { CheckoutItem, MoneyBackItem } from '@/lib/operator/timeline-rows'

/** A described timeline item. `amount` is in signed millicredits; null if no credits moved. */
export type ItemWords = {
  badge: string
  tone: Tone
  title: string
  /** The author, the reason and related ids. */
  details: string[]
  amount: number | null
  /** The id of the object to open: a public id or Stripe's id. */
  subject: string | null
}

export const KIND_NAMES: Record<TimelineKind, string> = {
  payment: 'Checkouts',
  grant: 'Grants',
  charge: 'Charges',
  hold: 'Holds',
  refund: 'Refunds',
  expire: 'Expiries',
  revoke: 'Taken back, given back',
  transfer: 'Transfers',
  plan: 'Plan changes',
  money_back: 'Money back',
  action: 'Staff actions',
}

type Names = { appNames: ReadonlyMap<string, string> }

/** Describes an item of the timeline to staff. */
export function itemInWords({ event }: TimelineItem, names: Names): ItemWords {
  switch (event.source) {
    case 'movement':
      return movementInWords(event, names)
    case 'checkout':
      return checkoutInWords(event.checkout)
    case 'hold':
      return {
        ...PLAIN,
        badge: 'Hold',
        title: `${operationName(event.hold.operation)}: ${formatCredits(event.hold.amount)} set aside, ${event.hold.status}`,
        details: withReference(event.hold.reference),
        subject: publicId('hold', event.hold.id),
      }
    case 'plan':
      return {
        ...PLAIN,
        badge: 'Plan',
        title: planInWords(event.change.planBefore, event.change.plan),
      }
    case 'money_back':
      return moneyBackInWords(event.moneyBack)
    case 'action':
      return { ...actionInWords(event.action), badge: 'Staff', tone: 'accent' }
    default:
      return event satisfies never
  }
}

const PLAIN = { tone: 'neutral', details: [] as string[], amount: null, subject: null } as const

type MovementEvent = Extract<TimelineItem['event'], { source: 'movement' }>

function movementInWords({ movement, grant, isDue }: MovementEvent, { appNames }: Names): ItemWords {
  const { kind, amount, source, reason } = movement
  const subject =
    movement.chargeId !== null
      ? publicId('charge', movement.chargeId)
      : movement.grantId !== null
        ? publicId('grant', movement.grantId)
        : null
  const said = reason === null ? [] : [`“${reason}”`]
  const due = isDue ? ['Due; the next write records it.'] : []
  const details = [...said, ...paidInWords(grant), ...due]
  const at = movement.appId === null ? '' : ` in ${nameInText(appNames.get(movement.appId) ?? 'an app')}`
  const operation = `${operationName(movement.operation ?? '')}${at}`
  const of = source === null ? 'Credits' : sourceNames[source]
  switch (kind) {
    case 'charge':
      return { badge: 'Charge', tone: 'neutral', title: operation, details, amount, subject }
    case 'refund':
      return { badge: 'Refund', tone: 'good', title: `Of ${operation}`, details, amount, subject }
    case 'grant':
      return { badge: 'Grant', tone: 'good', title: of, details, amount, subject }
    case 'transfer':
      return {
        badge: 'Transfer',
        tone: 'good',
        title: 'Rewards moved to the balance',
        details,
        amount,
        subject,
      }
    case 'expire':
      return { badge: 'Expired', tone: 'neutral', title: of, details, amount, subject }
    case 'revoke':
      return { badge: 'Taken back', tone: 'warn', title: of, details, amount, subject }
    case 'restore':
      return { badge: 'Given back', tone: 'good', title: of, details, amount, subject }
    default:
      return kind satisfies never
  }
}

type Paid = { payment: { amount: number; currency: string; stripePayment: string | null } | null }

function paidInWords(grant: Paid | null): string[] {
  if (!grant?.payment) return []
  const { amount, currency, stripePayment } = grant.payment
  return [[`${formatMoney(amount, currency)} paid`, stripePayment].filter(Boolean).join(' · ')]
}

/** The name of a checkout's plan or pack, which may no longer be for sale. */
export function offerName(kind: Checkout['kind'], key: string): string {
  if (kind === 'plan') return planEver(key)?.name ?? `Plan ${key}`
  return packEver(key)?.name ?? `Pack ${key}`
}

export function checkoutInWords(checkout: CheckoutItem): ItemWords {
  const { kind, key, amount, currency, quantity, status } = checkout
  const what = offerName(kind, key)
  const price = formatMoney(amount * quantity, currency)
  return {
    badge: 'Checkout',
    tone: status === 'paid' ? 'good' : 'neutral',
    title: `${what} for ${price}: ${STATUS_WORDS[status]}`,
    details: [checkout.id],
    amount: null,
    subject: checkout.id,
  }
}

export const STATUS_WORDS: Record<CheckoutItem['status'], string> = {
  open: 'started, payment unknown',
  processing: 'payment pending',
  paid: 'paid',
  checking: 'paid, but differs from what was sold: to be checked',
  failed: 'the money never arrived',
  expired: 'abandoned',
}

/** Describes returned money and how many of the credits it had bought could be revoked. */
function moneyBackInWords(item: MoneyBackItem): ItemWords {
  const { money, currency, credits, revoked, shortfall } = item
  const amount = (size: number) => formatCredits(Math.abs(size) as Millicredits)
  const byHand = credits - revoked - shortfall
  const came = credits < 0
  const said = [
    [revoked, came ? 'given back' : 'taken back'],
    [shortfall, came ? 'no longer missing' : 'already used or expired: the shortfall'],
    [byHand, came ? 'stay revoked by staff' : 'already revoked by staff'],
  ] as const
  return {
    badge: 'Money back',
    tone: 'warn',
    title: `${formatMoney(Math.abs(money), currency)} ${came ? 'came back' : 'was returned'}, for ${creditsInWords(Math.abs(credits) as Millicredits)}`,
    details: said.flatMap(([size, what]) => (size === 0 ? [] : [`${amount(size)} ${what}`])),
    amount: null,
    subject: publicId('grant', item.grantId),
  }
}

function planInWords(before: string | null, plan: string): string {
  return before === null ? `Began on ${planName(plan)}` : `${planName(before)} to ${planName(plan)}`
}

/** Describes a staff action, its reason and its outcome. */
export function actionInWords(action: OperatorAction): Omit<ItemWords, 'badge' | 'tone'> {
  const how =
    action.outcome === null
      ? ['Started; the outcome is unknown.']
      : action.detail === null
        ? []
        : [action.detail]
  const refused = action.outcome === 'refused' ? ' (refused)' : ''
  return {
    title: `${doneInWords(action)}${refused}`,
    details: [`“${action.reason}” — ${action.staffEmail}`, ...how],
    amount: null,
    subject: action.subject === 'webhooks' ? null : action.subject,
  }
}

function doneInWords({ kind, amount, currency }: OperatorAction): string {
  const money = formatMoney(amount ?? 0, currency ?? 'usd')
  const credits = amount === null ? '' : creditsInWords(amount as Millicredits)
  switch (kind) {
    case 'grant':
      return `Gave ${credits}`
    case 'revoke':
      return `Took back ${credits}`
    case 'refund_charge':
      return `Refunded ${credits} of a charge`
    case 'end_hold':
      return `Ended a hold of ${credits}`
    case 'settle_checkout':
      return 'Completed a checkout'
    case 'refund_payment':
      return `Refunded ${money} of a payment`
    case 'apply_webhooks':
      return 'Applied waiting Stripe events'
    case 'accept_payment':
      return `Accepted a payment of ${money} as it was`
    case 'close_notice':
      return 'Closed a notice'
    case 'add_endpoint':
      return 'Added the endpoint'
    case 'change_endpoint':
      return 'Changed the address or the types'
    case 'rotate_secret':
      return 'Rotated the signing secret'
    case 'switch_on_endpoint':
      return 'Switched the endpoint on'
    case 'switch_off_endpoint':
      return 'Switched the endpoint off'
    case 'delete_endpoint':
      return 'Deleted the endpoint'
    case 'add_draft':
      return 'Added a draft'
    case 'save_draft':
      return 'Saved the draft'
    case 'delete_draft':
      return 'Deleted the draft'
    case 'schedule_version':
      return 'Scheduled the version'
    case 'withdraw_version':
      return 'Withdrew the version'
    default:
      return kind satisfies never
  }
}

export function operationName(key: string): string {
  return operationEver(key)?.name ?? key
}

function withReference(reference: string | null): string[] {
  return reference === null ? [] : [`Reference ${reference}`]
}
