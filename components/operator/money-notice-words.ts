import { planName } from '@/components/billing/plan-words'
import type { BillingNotice, MismatchNotice } from '@/lib/billing/read/notice-rows'
import { packEver } from '@/lib/catalogs/current'
import { formatMoney, formatTime, plural } from '@/lib/format'

export type NoticeWords = { title: string; detail: string }

type Money = { amount: number; currency: string }

function money({ amount, currency }: Money): string {
  return formatMoney(amount, currency)
}

const WRONG: Record<MismatchNotice['facts']['reason'], string> = {
  amount: 'The amount differs from the price it was sold at.',
  currency: 'The currency differs from the one it was sold in.',
  price: 'The price is not one of the plan’s prices.',
  period: 'The period differs from the price’s interval.',
  customer: 'The payer is not the customer it was sold to.',
}

/** The item that the payment was meant to buy: "the Small pack". */
export function offeredInWords({ facts: { sold } }: MismatchNotice): string {
  const pack = packEver(sold)
  return pack ? `the ${pack.name}` : planName(sold)
}

/** Describes a mismatch: the paid amount, the expected amount and what staff can do. */
export function mismatchInWords({ facts }: MismatchNotice): string {
  const expected =
    facts.expected === null ? 'Nothing is sold at this price.' : `Expected: ${money(facts.expected)}.`
  return `${WRONG[facts.reason]} Paid: ${money(facts.paid)}. ${expected} Nothing was granted. Accept the payment as it is, or refund it.`
}

/** Describes a notice about a payment or a plan to staff. */
export function moneyNoticeInWords(notice: BillingNotice): NoticeWords {
  switch (notice.kind) {
    case 'mismatch':
      return {
        title: `${money(notice.facts.paid)} paid, to be checked`,
        detail: mismatchInWords(notice),
      }
    case 'returned':
      return {
        title: `${money(notice.facts)} was refunded`,
        detail:
          notice.facts.why === 'second'
            ? 'A second subscription was paid in addition to one that was paid first. It was cancelled.'
            : 'An invoice was paid although there was nothing left to buy: its plan or its period was over.',
      }
    case 'ended':
      return {
        title: `${planName(notice.facts.plan)} ended: Stripe does not know its subscription`,
        detail: `The subscription ${notice.subject} was unknown for an hour. If Stripe knows it again, the plan returns automatically.`,
      }
    case 'held':
      return {
        title: `The reconciler is waiting for approval of a mass change`,
        detail: `It would end ${plural(notice.facts.ends, 'plan')} that Stripe does not know and send back ${plural(notice.facts.refunds, 'payment')} that bought nothing, within a day. Is the Stripe key the right one? None of this happens until you allow it.`,
      }
    case 'other_account':
      return {
        title: 'The Stripe key belongs to another account',
        detail: `This database belongs to ${notice.facts.own}; the key opens ${notice.facts.found} (${notice.facts.livemode ? 'live' : 'test'} mode). Nothing is reconciled or refunded meanwhile.`,
      }
    case 'mended':
      return {
        title: `${plural(notice.facts.what.length, 'thing')} repaired: events from Stripe had not arrived`,
        detail: notice.facts.what.join(' · '),
      }
    case 'endpoint_off':
      return {
        title: 'A webhook endpoint was switched off',
        detail: `${notice.facts.endpoint} has failed since ${formatTime(notice.facts.since, 'dateTime')} UTC. Events for it wait; see Webhooks.`,
      }
    default:
      return notice satisfies never
  }
}
