// Answers: what exactly is this, what was done about it, and what can be done?

import type { Metadata } from 'next'
import type { ReactNode } from 'react'
import { ActionLog } from '@/components/operator/action-log'
import { ChargePanels, HoldPanels } from '@/components/operator/charge-panels'
import { CheckoutPanels, GrantPanels, PaymentPanels } from '@/components/operator/money-panels'
import { parseMoney } from '@/components/operator/parse-money'
import { accountPath } from '@/components/operator/paths'
import { operationName } from '@/components/operator/timeline-words'
import { LinkButton } from '@/components/ui/link-button'
import { Notice } from '@/components/ui/notice'
import { PageHeader } from '@/components/ui/shell'
import type { PaymentView } from '@/lib/billing/read/read-payment'
import type { Context } from '@/lib/context'
import { chargeStep } from '@/lib/currencies'
import { Unavailable } from '@/lib/errors'
import { creditsInWords, formatCredits } from '@/lib/format'
import { type AccountHead, readAccount } from '@/lib/operator/read-account'
import { readSubject, type Subject } from '@/lib/operator/read-subject'
import { previewReturn } from '@/lib/operator/refund-payment-as-staff'
import { accept, complete, end, giveBack, refundMoney, takeBack } from '../../../actions'
import { orNotFound, staffContext, userIn } from '../../../staff-context'

export const metadata: Metadata = { title: 'Account' }

type SubjectPageProps = {
  params: Promise<{ user: string; subject: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function SubjectPage({ params, searchParams }: SubjectPageProps) {
  const { ctx } = await staffContext()
  const named = await params
  const accountId = userIn(named)
  const id = decodeURIComponent(named.subject)
  const [account, found, { amount }] = await Promise.all([
    orNotFound(readAccount(ctx, { accountId })),
    orNotFound(readSubject(ctx, { accountId, id })).catch(awayOrThrow),
    searchParams,
  ])
  const { user, balance } = account
  return (
    <>
      <PageHeader
        title={found === null ? id : titleOf(found.subject)}
        description={`${user.email} · ${creditsInWords(balance.available)} available, ${formatCredits(balance.held)} held`}
        actions={<LinkButton href={accountPath(accountId)}>Back to the account</LinkButton>}
      />
      {found === null ? (
        <Notice tone="warn" title="Stripe is not responding">
          Try again in a moment. Nothing was changed.
        </Notice>
      ) : (
        <div className="space-y-6">
          {
            await panelsOf(ctx, found.subject, {
              account,
              asked: typeof amount === 'string' ? amount : '',
            })
          }
          <ActionLog
            actions={found.actions}
            again={{ refund_payment: refundMoney, settle_checkout: complete }}
          />
        </div>
      )}
    </>
  )
}

function awayOrThrow(error: unknown): null {
  if (error instanceof Unavailable) return null
  throw error
}

function titleOf(subject: Subject): string {
  switch (subject.kind) {
    case 'charge':
      return `${operationName(subject.view.charge.operation)}: ${creditsInWords(subject.view.total)}`
    case 'hold':
      return `Hold of ${creditsInWords(subject.hold.amount)}`
    case 'grant':
      return `Grant of ${creditsInWords(subject.grant.granted)}`
    case 'checkout':
      return 'Checkout'
    case 'payment':
      return 'Payment'
    default:
      return subject satisfies never
  }
}

type Shown = { account: AccountHead; asked: string }

async function panelsOf(ctx: Context, subject: Subject, { account, asked }: Shown): Promise<ReactNode> {
  const shared = { accountId: account.user.id, appNames: account.appNames }
  switch (subject.kind) {
    case 'charge':
      return <ChargePanels {...shared} subject={subject} action={giveBack} />
    case 'hold':
      return <HoldPanels {...shared} subject={subject} action={end} />
    case 'grant':
      return <GrantPanels {...shared} subject={subject} action={takeBack} />
    case 'checkout':
      return <CheckoutPanels {...shared} subject={subject} action={complete} />
    case 'payment':
      return (
        <PaymentPanels
          {...shared}
          subject={subject}
          action={refundMoney}
          accept={accept}
          proposal={await proposalOf(ctx, subject.payment, asked)}
        />
      )
    default:
      return subject satisfies never
  }
}

/** The amount to refund: the one in the URL, or else a share of the payment proportional to the unspent credits. */
async function proposalOf(ctx: Context, payment: PaymentView, asked: string) {
  const left = payment.paid - payment.returned
  if (left <= 0) return null
  const amount = Math.min(parseMoney(asked, payment.currency) ?? left, left)
  const effect = await previewReturn(ctx, { payment, amount })
  // Rounded down to an amount that can be charged, so that the refund never exceeds the unspent part.
  const step = chargeStep(payment.currency)
  const steps = effect.granted === 0 ? 0 : (payment.paid * effect.unspent) / (effect.granted * step)
  const share = Math.floor(steps) * step
  return { amount, effect, unspentShare: Math.min(share, left) }
}
