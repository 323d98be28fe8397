// Answers: what may this app spend, what does its creator get, and what does the creator see?

import type { Metadata } from 'next'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { ConnectForm } from '@/components/apps/connect-form'
import { creditsForField } from '@/components/apps/parse-credits'
import { LinkButton } from '@/components/ui/link-button'
import { Notice } from '@/components/ui/notice'
import { Panel } from '@/components/ui/panel'
import { ColumnShell, PageHeader } from '@/components/ui/shell'
import { type ConnectView, describeConnect } from '@/lib/apps/connect'
import { pageContext, requireViewer } from '@/lib/auth/viewer'
import type { Context } from '@/lib/context'
import { InvalidRequest, NotFound } from '@/lib/errors'
import { formatBps, formatWholeCredits, wholeUnitOf } from '@/lib/format'
import { allow } from './actions'
import {
  answerHref,
  type ConnectRequest,
  connectPath,
  connectRequest,
  hasChallenge,
  isConsentAlone,
} from './connect-request'

export const metadata: Metadata = { title: 'Allow an app to spend', robots: { index: false } }

type ConnectPageProps = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function ConnectPage({ searchParams }: ConnectPageProps) {
  const search = await searchParams
  const request = connectRequest((name) => search[name])
  const viewer = await requireViewer(connectPath(request))
  const view = await viewOf(pageContext(viewer), request)
  return (
    <ColumnShell>
      <div className="mx-auto max-w-lg">
        {typeof view === 'string' ? (
          <Refusal reason={view} />
        ) : (
          <Consent view={view} request={request} email={viewer.email} />
        )}
      </div>
    </ColumnShell>
  )
}

type Reason = 'app' | 'returnTo' | 'incomplete'

/** Returns the reason if the request is invalid; the page then never redirects. */
async function viewOf(ctx: Context, request: ConnectRequest): Promise<ConnectView | Reason> {
  try {
    if (isConsentAlone(request)) return await describeConnect(ctx, { app: request.app, returnTo: null })
    if (request.app === '' || request.returnTo === '') return 'incomplete'
    const view = await describeConnect(ctx, request)
    return hasChallenge(request) ? view : 'incomplete'
  } catch (error) {
    if (error instanceof NotFound) return 'app'
    if (error instanceof InvalidRequest) return 'returnTo'
    throw error
  }
}

const refusals: Record<Reason, { title: string; text: string }> = {
  app: {
    title: 'There is no such app',
    text: 'It may be private, or the link is wrong. Nothing was allowed.',
  },
  returnTo: {
    title: 'This link leads to an address that the app has not registered',
    text: 'The return address does not belong to the app. Nothing was allowed, and you were not redirected.',
  },
  incomplete: {
    title: 'This link is not complete',
    text: 'It does not name the app, where to return to, or the proof that the answer reaches only the app. Open the app and start again there; if that does not help, contact its creator.',
  },
}

function Refusal({ reason }: { reason: Reason }) {
  const { title, text } = refusals[reason]
  return (
    <>
      <PageHeader title="Nothing to allow here" />
      <Notice
        tone="warn"
        title={title}
        action={
          <LinkButton href="/settings/apps" size="sm">
            See the apps you allow
          </LinkButton>
        }
      >
        {text}
      </Notice>
    </>
  )
}

type ConsentProps = { view: ConnectView; request: ConnectRequest; email: string }

function Consent({ view, request, email }: ConsentProps) {
  const { app, back, budget, isConnected, isOwn } = view
  const hasNoLimit = isConnected && budget.monthlyLimit === null
  return (
    <>
      <PageHeader
        title={
          <>
            Let <bdi>{app.name}</bdi> spend your credits?
          </>
        }
        description={
          <>
            You are signed in as <bdi className="break-words text-ink">{email}</bdi>.{' '}
            <Link
              href={`/signin?returnTo=${encodeURIComponent(connectPath(request))}`}
              className="text-accent underline underline-offset-4"
            >
              Use another account
            </Link>
          </>
        }
      />
      <Panel>
        <ul className="space-y-3.5 text-sm">
          <Point title="It spends only when you use it.">
            Each AI feature you use in <bdi>{app.name}</bdi> takes credits from your balance, within the
            budget below.
          </Point>
          {isOwn ? (
            <Point title="You made this app, so no premium is added.">
              Others pay one, and it goes to you as a reward.
            </Point>
          ) : (
            <>
              <Point title={`${formatBps(view.premiumBps)} on top goes to its creator.`}>
                That premium is part of each price you are shown, and a line of its own on the receipt.
              </Point>
              <Point title="Its creator never sees your data.">
                Neither who you are nor what you did: only what the app earned each day.
              </Point>
            </>
          )}
          <Point title="You can change your mind.">
            Change the budget, pause the app or end this under{' '}
            <Link href="/settings/apps" className="text-accent underline underline-offset-4">
              Settings, Apps
            </Link>
            .
          </Point>
        </ul>
        {isConnected && (
          <p className="mt-5 rounded-md bg-sunken px-3.5 py-2.5 text-label tabular-nums">
            You already allow this app; it has used {formatWholeCredits(budget.used)}{' '}
            {wholeUnitOf(budget.used)} this month.
            {budget.paused && ' Its spending stays paused until you resume it.'}
          </p>
        )}
        <div className="mt-6 border-t border-line pt-5">
          <ConnectForm
            action={allow}
            fields={request}
            preset={{
              kind: hasNoLimit ? 'none' : 'limit',
              amount: creditsForField(view.monthlyBudget),
            }}
            cancelHref={
              back === null
                ? '/settings/apps'
                : answerHref(back.returnTo, request.state, { error: 'access_denied' })
            }
          />
        </div>
      </Panel>
      <p className="mt-4 break-words text-label text-muted">
        {back === null ? (
          'Your answer is not sent to the app. Go back to the app afterwards and try again.'
        ) : (
          <>
            Either way you go back to <span className="text-ink">{back.origin}</span>.
          </>
        )}
      </p>
    </>
  )
}

function Point({ title, children }: { title: string; children: ReactNode }) {
  return (
    <li>
      <p className="font-medium">{title}</p>
      <p className="mt-0.5 text-muted">{children}</p>
    </li>
  )
}
