import Link from 'next/link'
import type { LeavingAction } from '@/components/billing/action-form'
import { DateTime } from '@/components/format/date-time'
import { StripeLink } from '@/components/operator/account-head'
import { Facts, Id } from '@/components/operator/facts'
import { mismatchInWords, offeredInWords } from '@/components/operator/money-notice-words'
import { moneyForField } from '@/components/operator/parse-money'
import { subjectPath } from '@/components/operator/paths'
import { refundInWords } from '@/components/operator/refund-words'
import { HOLDER_READS, StaffForm } from '@/components/operator/staff-form'
import { checkoutInWords, STATUS_WORDS } from '@/components/operator/timeline-words'
import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { Panel } from '@/components/ui/panel'
import { sourceNames } from '@/components/usage/charge-words'
import type { RefundEffect } from '@/lib/billing/read/read-payment'
import { creditsInWords, formatMoney } from '@/lib/format'
import { publicId } from '@/lib/ids'
import type { Millicredits } from '@/lib/millicredits'
import type { Subject } from '@/lib/operator/read-subject'

type OfSubject<Kind extends Subject['kind']> = {
  subject: Extract<Subject, { kind: Kind }>
  accountId: string
  action: LeavingAction
}

/** A grant: where its credits are, and the form that revokes the unspent ones. */
export function GrantPanels({ subject: { grant }, accountId, action }: OfSubject<'grant'>) {
  const some = (amount: Millicredits) => (amount > 0 ? creditsInWords(amount) : null)
  const payment = grant.payment?.stripePayment ?? null
  return (
    <>
      <Panel title="Grant">
        <Facts
          facts={[
            ['source', sourceNames[grant.source], 'Kind'],
            ['granted', creditsInWords(grant.granted), 'Granted'],
            ['remaining', creditsInWords(grant.remaining), 'Unspent'],
            ['held', some(grant.held), 'Held'],
            ['used', creditsInWords(grant.used), 'Used'],
            ['expired', some(grant.expired), 'Expired'],
            ['revoked', some(grant.revoked), 'Taken back'],
            ['shortfall', some(grant.shortfall), 'Shortfall'],
            ['created', <DateTime key="created" value={grant.createdAt} />, 'Since'],
            [
              'expires',
              grant.expiresAt === null ? 'never' : <DateTime key="expires" value={grant.expiresAt} />,
              'Expires',
            ],
            ['reason', grant.reason, 'Reason'],
            [
              'paid',
              grant.payment && formatMoney(grant.payment.amount, grant.payment.currency),
              'Paid for it',
            ],
            [
              'payment',
              payment && (
                <Link
                  key="payment"
                  className="underline underline-offset-2"
                  href={subjectPath(accountId, payment)}
                >
                  <Id>{payment}</Id>
                </Link>
              ),
              'Payment',
            ],
          ]}
        />
      </Panel>
      {grant.remaining > 0 && grant.payment === null && (
        <Panel title="Take it back" description="Held and spent credits stay as they are.">
          <div className="max-w-lg">
            <StaffForm
              action={action}
              fields={{ user: publicId('user', accountId), subject: publicId('grant', grant.id) }}
              label={`Take back ${creditsInWords(grant.remaining)}`}
              busyLabel="Taking back…"
              reasonHint={HOLDER_READS}
              variant="danger"
            />
          </div>
        </Panel>
      )}
      {grant.remaining > 0 && payment !== null && (
        <Notice title="These credits were bought">
          They are revoked when their payment is refunded:{' '}
          <Link className="underline underline-offset-2" href={subjectPath(accountId, payment)}>
            see the payment
          </Link>
          .
        </Notice>
      )}
    </>
  )
}

/** A checkout with its offer, and the form that completes it without waiting for Stripe's event. */
export function CheckoutPanels({ subject: { checkout }, accountId, action }: OfSubject<'checkout'>) {
  const isCompleted = checkout.status === 'paid'
  return (
    <>
      <Panel title="Checkout">
        <Facts
          facts={[
            ['what', checkoutInWords(checkout).title, 'What'],
            ['id', <Id key="id">{checkout.id}</Id>, 'Session'],
            ['status', STATUS_WORDS[checkout.status], 'As recorded here'],
            ['created', <DateTime key="created" value={checkout.createdAt} />, 'Begun'],
            [
              'completed',
              checkout.completedAt && <DateTime key="completed" value={checkout.completedAt} />,
              'Completed',
            ],
          ]}
        />
      </Panel>
      {!isCompleted && (
        <Panel
          title="Complete now"
          description="Asks Stripe. If the checkout was paid, its credits are granted immediately, and a later event changes nothing."
        >
          <div className="max-w-lg">
            {checkout.status === 'checking' && (
              <p className="mb-4 text-sm text-warn">
                What was paid is not what was sold. The notices link to the payment, where it can be accepted
                as it is or refunded.
              </p>
            )}
            <StaffForm
              action={action}
              fields={{ user: publicId('user', accountId), subject: checkout.id }}
              label="Complete now"
              busyLabel="Asking Stripe…"
            />
          </div>
        </Panel>
      )}
    </>
  )
}

type PaymentPanelsProps = OfSubject<'payment'> & {
  /** The amount to refund in minor units, with its effect; null if nothing is left to refund. */
  proposal: { amount: number; effect: RefundEffect; unspentShare: number } | null
  /** Accepts a payment that differs from what was sold, and grants what was sold. */
  accept: LeavingAction
}

/** A payment, the credits it bought, and a preview of a refund. */
export function PaymentPanels({ subject, accountId, action, proposal, accept }: PaymentPanelsProps) {
  const { payment, mismatch } = subject
  const money = (minor: number) => formatMoney(minor, payment.currency)
  const path = subjectPath(accountId, payment.id)
  return (
    <>
      <Panel title="Payment">
        <Facts
          facts={[
            ['paid', money(payment.paid), 'Paid'],
            ['returned', payment.returned > 0 ? money(payment.returned) : null, 'Returned'],
            ...payment.grants.map(
              (grant) =>
                [
                  grant.id,
                  <Link
                    key={grant.id}
                    className="underline underline-offset-2"
                    href={subjectPath(accountId, publicId('grant', grant.id))}
                  >
                    {creditsInWords(grant.granted)}
                  </Link>,
                  `Bought (${sourceNames[grant.source]})`,
                ] as const,
            ),
            ['stripe', <StripeLink key="stripe" kind="payments" id={payment.id} />, 'Open in Stripe'],
          ]}
        />
        {payment.grants.length === 0 && mismatch === null && (
          <p className="mt-3 text-sm text-warn">No credits were granted for this payment.</p>
        )}
      </Panel>
      {mismatch && (
        <Panel title="Paid, to be checked" description={mismatchInWords(mismatch)}>
          <div className="max-w-lg">
            <StaffForm
              action={accept}
              fields={{ user: publicId('user', accountId), subject: payment.id, notice: mismatch.id }}
              label={`Give ${offeredInWords(mismatch)} for ${money(payment.paid)}`}
              busyLabel="Giving…"
            />
          </div>
        </Panel>
      )}
      {proposal && (
        <Panel title="Refund money" description="Preview the effect first, then confirm.">
          <form action={path} className="flex max-w-lg flex-wrap items-end gap-3">
            <Input
              key={proposal.amount}
              label="Amount to refund"
              name="amount"
              inputMode="decimal"
              suffix={payment.currency.toUpperCase()}
              autoComplete="off"
              defaultValue={moneyForField(proposal.amount, payment.currency)}
              className="min-w-40 flex-1"
            />
            <Button type="submit">Preview the refund</Button>
          </form>
          <p className="mt-3 flex flex-wrap gap-x-5 gap-y-1 text-label">
            <Link className="text-accent underline underline-offset-2" href={path}>
              All that is left: {money(payment.paid - payment.returned)}
            </Link>
            {proposal.unspentShare > 0 && (
              <Link
                className="text-accent underline underline-offset-2"
                href={`${path}?amount=${moneyForField(proposal.unspentShare, payment.currency)}`}
              >
                Only the unspent share: {money(proposal.unspentShare)}
              </Link>
            )}
          </p>
          <div className="mt-5 max-w-lg space-y-4 border-t border-line pt-5">
            <ul aria-label="Effect of the refund" className="list-disc space-y-1 pl-5 text-sm">
              {refundInWords(proposal.effect, { money: money(proposal.amount) }).map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
            <StaffForm
              action={action}
              fields={{
                user: publicId('user', accountId),
                subject: payment.id,
                amount: moneyForField(proposal.amount, payment.currency),
                currency: payment.currency,
              }}
              label={`Refund ${money(proposal.amount)}`}
              busyLabel="Refunding…"
              reasonHint="Signed with your e-mail. Only staff can read it, here and in Stripe."
              variant="danger"
            />
          </div>
        </Panel>
      )}
    </>
  )
}
