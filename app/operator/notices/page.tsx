// Answers: which problems has nobody dealt with yet?
import type { Metadata } from 'next'
import { ActionForm } from '@/components/billing/action-form'
import { DateTime } from '@/components/format/date-time'
import { NoticeList } from '@/components/operator/notice-list'
import { AUDIT_WORDS } from '@/components/operator/notice-words'
import { StaffForm } from '@/components/operator/staff-form'
import { Badge } from '@/components/ui/badge'
import { Panel } from '@/components/ui/panel'
import { PageHeader } from '@/components/ui/shell'
import { getEnv } from '@/lib/env'
import { AUDIT_SECONDS_MAX, type AuditNotice, type AuditRun, readLastAudit } from '@/lib/operator/audit-runs'
import { readNotices } from '@/lib/operator/read-notices'
import type { WaitingEvent } from '@/lib/operator/watch'
import { applyWaiting, audit, closeOne } from '../actions'
import { staffContext } from '../staff-context'

export const metadata: Metadata = { title: 'Notices' }

export default async function NoticesPage() {
  const { ctx } = await staffContext()
  const { hasBilling } = getEnv()
  const [notices, lastAudit] = await Promise.all([readNotices(ctx, { accountId: null }), readLastAudit(ctx)])
  return (
    <>
      <PageHeader title="Notices" description="Problems and events found automatically, in all accounts." />
      <NoticeList notices={notices} now={ctx.clock.now()} hasBilling={hasBilling} close={closeOne} />
      <div className="mt-6 space-y-6">
        {hasBilling && <Waiting events={notices.waiting} />}
        <Audit last={lastAudit} notice={notices.audit} />
      </div>
    </>
  )
}

function Waiting({ events }: { events: WaitingEvent[] }) {
  return (
    <Panel
      id="events"
      className="scroll-mt-20"
      title="Stripe events not applied"
      description="Stored, and retried automatically, at least once an hour."
      flush
    >
      {events.length === 0 ? (
        <p className="border-t border-line px-5 py-4 text-sm text-muted sm:px-6">None.</p>
      ) : (
        <>
          <ul className="divide-y divide-line border-y border-line text-sm">
            {events.map((event) => (
              <li key={event.id} className="px-5 py-3 sm:px-6">
                <p className="font-medium">
                  {event.type}{' '}
                  <code className="break-all font-mono text-label text-muted">{event.objectId}</code>
                </p>
                <p className="mt-0.5 break-words text-label text-muted">
                  {event.id} · received <DateTime value={event.receivedAt} /> · {event.attempts}{' '}
                  {event.attempts === 1 ? 'attempt' : 'attempts'}
                </p>
                {event.lastError && (
                  <p className="mt-0.5 break-words text-label text-bad">{event.lastError}</p>
                )}
              </li>
            ))}
          </ul>
          <div className="max-w-md p-5 sm:p-6">
            <StaffForm action={applyWaiting} fields={{}} label="Apply now" busyLabel="Applying…" />
          </div>
        </>
      )}
    </Panel>
  )
}

function Audit({ last, notice }: { last: AuditRun | null; notice: AuditNotice | null }) {
  return (
    <Panel
      id="audit"
      className="scroll-mt-20"
      title="Ledger audit"
      description={`Checks every rule on every row, for at most ${AUDIT_SECONDS_MAX} seconds; npm run audit has no time limit.`}
    >
      {last === null ? (
        <p className="text-sm text-muted">It has not been run yet, neither from here nor by npm run audit.</p>
      ) : (
        <div className="space-y-3 text-sm">
          <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
            {last.drift.length === 0 ? (
              <Badge tone="good">Clean: {last.rules} rules hold</Badge>
            ) : (
              <Badge tone="bad">
                Drift: {last.drift.length} of {last.rules} rules are broken
              </Badge>
            )}
            {notice === 'old' && <Badge tone="warn">{AUDIT_WORDS.old}</Badge>}
            <span className="text-label text-muted">
              <DateTime value={last.at} /> · {last.staffEmail}
            </span>
          </p>
          {last.drift.map((broken) => (
            <div key={broken.rule}>
              <p className="font-medium">
                {broken.states} ({broken.drifted})
              </p>
              {broken.examples.map(({ id, detail }) => (
                <p key={id} className="break-words text-label text-muted">
                  {id}: {detail}
                </p>
              ))}
            </div>
          ))}
        </div>
      )}
      <div className="mt-4 max-w-xs">
        <ActionForm action={audit} fields={{}} label="Run the audit now" busyLabel="Checking every rule…" />
      </div>
    </Panel>
  )
}
