import Link from 'next/link'
import { planName } from '@/components/billing/plan-words'
import { resetInWords } from '@/components/credits/words'
import { DateTime } from '@/components/format/date-time'
import { Facts, Id } from '@/components/operator/facts'
import { subjectPath } from '@/components/operator/paths'
import {
  endForStaff,
  planForStaff,
  renewalForStaff,
  trialForStaff,
} from '@/components/operator/plan-status-words'
import { operationName } from '@/components/operator/timeline-words'
import { Figure, FigureList } from '@/components/ui/figure'
import { Panel } from '@/components/ui/panel'
import { sourceNames } from '@/components/usage/charge-words'
import { stripePage } from '@/lib/billing/checkout/stripe-page'
import { getEnv } from '@/lib/env'
import { formatCredits } from '@/lib/format'
import { publicId } from '@/lib/ids'
import { nameInText } from '@/lib/names'
import type { AccountHead } from '@/lib/operator/read-account'

type AccountHeadProps = { account: AccountHead }

/** An account's credits by source, and its limits. Amounts are exact, because people quote what they see. */
export function AccountBalance({ account }: AccountHeadProps) {
  const { balance } = account
  const credits = formatCredits
  const reset = allowanceInWords(balance)
  return (
    <Panel title="Balance">
      <FigureList>
        <Figure label="Available" value={credits(balance.available)} unit="credits" />
        <Figure label="Held" value={credits(balance.held)} unit="credits" />
        <Figure
          label="Used this month"
          value={credits(balance.allowance.used)}
          hint={`of ${credits(balance.allowance.limit)}`}
        />
        <Figure
          label="Rewards"
          value={credits(balance.rewards.balance)}
          hint={balance.rewards.onHold > 0 ? `${credits(balance.rewards.onHold)} on hold` : undefined}
        />
      </FigureList>
      <h3 className="mt-6 text-label text-muted">Available credits, in the order they are spent</h3>
      <Facts
        facts={balance.grants.map((grant) => [
          grant.id,
          <span key={grant.id} className="flex flex-wrap justify-end gap-x-3">
            <Link
              className="text-accent underline underline-offset-2"
              href={subjectPath(account.user.id, publicId('grant', grant.id))}
            >
              {credits(grant.remaining)} of {credits(grant.granted)}
            </Link>
            <span className="text-muted">
              {grant.expiresAt === null ? (
                'never expires'
              ) : grant.source === 'allowance' && reset !== null ? (
                reset
              ) : (
                <>
                  until <DateTime value={grant.expiresAt} style="date" />
                </>
              )}
            </span>
          </span>,
          sourceNames[grant.source],
        ])}
        none="Nothing."
      />
    </Panel>
  )
}

/** The person, their Stripe customer, and the limits they have set. */
export function AccountFacts({ account }: AccountHeadProps) {
  const { user, balance, billing, customer, subscription, limited } = account
  const credits = formatCredits
  return (
    <Panel title="Account">
      <Facts
        facts={[
          ['id', <Id key="id">{publicId('user', user.id)}</Id>, 'Id'],
          ['external', user.externalId && <Id key="external">{user.externalId}</Id>, 'External id'],
          ['email', user.email, 'E-mail'],
          ['plan', getEnv().hasBilling ? planForStaff(billing) : planName(billing.plan), 'Plan'],
          ['trial', trialForStaff(billing), 'Trial'],
          ['renews', timeOf(billing.renewsAt), renewalForStaff(billing)],
          ['ends', timeOf(billing.endsAt), endForStaff(billing)],
          ['resumes', timeOf(billing.resumesAt), 'Resumes'],
          ['attempt', timeOf(billing.paymentProblem?.nextAttemptAt ?? null), 'Next attempt'],
          ['resets', allowanceInWords(balance), 'Monthly credits'],
          ['since', <DateTime key="since" value={user.createdAt} />, 'Since'],
          ['customer', customer && <StripeLink key="customer" kind="customers" id={customer} />, 'Customer'],
          [
            'subscription',
            subscription && <StripeLink key="subscription" kind="subscriptions" id={subscription} />,
            'Subscription',
          ],
          ...limited.map(
            ({ app, monthlyLimit, spent, paused }) =>
              [
                app.id,
                `${credits(spent)}${monthlyLimit === null ? '' : ` of ${credits(monthlyLimit)} a month`}${paused ? ', paused' : ''}`,
                `Budget of ${nameInText(app.name)}`,
              ] as const,
          ),
          ...balance.openHolds.map(
            (hold) =>
              [
                hold.id,
                <Link
                  key={hold.id}
                  className="text-accent underline underline-offset-2"
                  href={subjectPath(user.id, publicId('hold', hold.id))}
                >
                  {credits(hold.amount)} for {operationName(hold.operation)}
                </Link>,
                'Open hold',
              ] as const,
          ),
        ]}
      />
    </Panel>
  )
}

function timeOf(instant: Date | null) {
  return instant && <DateTime value={instant} />
}

/** When the month's credits expire, in the words that the account holder reads; null if no reset is known. */
function allowanceInWords({ allowance, grants }: AccountHead['balance']): string | null {
  if (allowance.resetsAt === null) return null
  const current = grants.findLast(({ source }) => source === 'allowance')
  return resetInWords(allowance.resetsAt, current?.expiresAt ?? null)
}

/** A link to Stripe's dashboard. */
export function StripeLink({ kind, id }: { kind: Parameters<typeof stripePage>[0]; id: string }) {
  return (
    <a
      href={stripePage(kind, id)}
      rel="noreferrer"
      target="_blank"
      aria-label={`Open ${id} in Stripe`}
      className="break-all font-mono text-label text-accent underline underline-offset-2"
    >
      {id} ↗
    </a>
  )
}
