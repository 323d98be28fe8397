import Link from 'next/link'
import { creditsForField } from '@/components/apps/parse-credits'
import type { LeavingAction } from '@/components/billing/action-form'
import { DateTime } from '@/components/format/date-time'
import { Facts, Id } from '@/components/operator/facts'
import { subjectPath } from '@/components/operator/paths'
import { HOLDER_READS, StaffForm } from '@/components/operator/staff-form'
import { operationName } from '@/components/operator/timeline-words'
import { Input } from '@/components/ui/field'
import { Panel } from '@/components/ui/panel'
import { sourceNames } from '@/components/usage/charge-words'
import { creditsInWords, formatCredits } from '@/lib/format'
import { publicId } from '@/lib/ids'
import { dateFromMicros } from '@/lib/instant'
import type { Subject } from '@/lib/operator/read-subject'
import { explainLine } from '@/lib/pricing/describe'

type ChargeSubject = Extract<Subject, { kind: 'charge' }>
type HoldSubject = Extract<Subject, { kind: 'hold' }>

type PanelsProps<S> = {
  subject: S
  accountId: string
  appNames: ReadonlyMap<string, string>
  action: LeavingAction
}

/** A charge's receipt and the form that refunds the charge. */
export function ChargePanels({ subject, accountId, appNames, action }: PanelsProps<ChargeSubject>) {
  const { view, refundable } = subject
  const { charge } = view
  const id = publicId('charge', charge.id)
  return (
    <>
      <Panel title="Charge">
        <Facts
          facts={[
            ['operation', operationName(charge.operation), 'Operation'],
            ['app', charge.appId && (appNames.get(charge.appId) ?? publicId('app', charge.appId)), 'App'],
            ['at', <DateTime key="at" value={dateFromMicros(charge.at)} />, 'When'],
            ...view.lines.map(
              (line) =>
                [
                  `${line.kind} ${line.label}`,
                  `${formatCredits(line.amount)} (${explainLine(line)})`,
                  line.label,
                ] as const,
            ),
            ['total', creditsInWords(view.total), 'Total'],
            ['absorbed', charge.absorbed > 0 ? creditsInWords(charge.absorbed) : null, 'Not charged'],
            ...view.funding.map(
              ({ source, amount }) =>
                [source, creditsInWords(amount), `Paid from ${sourceNames[source]}`] as const,
            ),
            ['refunded', view.refunded > 0 ? creditsInWords(view.refunded) : null, 'Refunded'],
            [
              'hold',
              charge.holdId && (
                <Link
                  key="hold"
                  className="underline underline-offset-2"
                  href={subjectPath(accountId, publicId('hold', charge.holdId))}
                >
                  <Id>{publicId('hold', charge.holdId)}</Id>
                </Link>
              ),
              'Hold',
            ],
            ['reference', charge.reference && <Id key="reference">{charge.reference}</Id>, 'Reference'],
            ...Object.entries(charge.metadata ?? {}).map(
              ([key, value]) => [`meta ${key}`, value, key] as const,
            ),
            ['prices', `Version ${charge.priceVersion}`, 'Prices'],
          ]}
        />
      </Panel>
      {refundable > 0 && (
        <Panel
          title="Refund it"
          description="In full or in part, to the grants it came from. The reward it caused is reversed."
        >
          <div className="max-w-lg">
            <StaffForm
              action={action}
              fields={{ user: publicId('user', accountId), subject: id }}
              label="Refund credits"
              busyLabel="Refunding…"
              reasonHint={HOLDER_READS}
            >
              <Input
                key={refundable}
                label="Amount"
                name="amount"
                inputMode="decimal"
                required
                suffix="credits"
                autoComplete="off"
                defaultValue={creditsForField(refundable)}
                hint={`At most ${creditsInWords(refundable)}.`}
              />
            </StaffForm>
          </div>
        </Panel>
      )}
    </>
  )
}

/** A hold and the form that releases it. */
export function HoldPanels({ subject, accountId, appNames, action }: PanelsProps<HoldSubject>) {
  const { hold, chargeId } = subject
  return (
    <>
      <Panel title="Hold">
        <Facts
          facts={[
            ['operation', operationName(hold.operation), 'Operation'],
            ['app', hold.appId && (appNames.get(hold.appId) ?? publicId('app', hold.appId)), 'App'],
            ['status', hold.status, 'Status'],
            ['amount', creditsInWords(hold.amount), 'Held'],
            ['limit', hold.limit && creditsInWords(hold.limit), 'Limit'],
            ['created', <DateTime key="created" value={hold.createdAt} />, 'Since'],
            ['expires', <DateTime key="expires" value={hold.expiresAt} />, 'Expires'],
            ['closed', hold.closedAt && <DateTime key="closed" value={hold.closedAt} />, 'Ended'],
            [
              'charge',
              chargeId && (
                <Link
                  key="charge"
                  className="underline underline-offset-2"
                  href={subjectPath(accountId, publicId('charge', chargeId))}
                >
                  <Id>{publicId('charge', chargeId)}</Id>
                </Link>
              ),
              'Charge',
            ],
            ['reference', hold.reference && <Id key="reference">{hold.reference}</Id>, 'Reference'],
          ]}
        />
      </Panel>
      {hold.status === 'open' && (
        <Panel
          title="Release it"
          description="The held credits can be spent again immediately. The server that made the hold can no longer capture it."
        >
          <div className="max-w-lg">
            <StaffForm
              action={action}
              fields={{ user: publicId('user', accountId), subject: publicId('hold', hold.id) }}
              label={`Release the hold of ${creditsInWords(hold.amount)}`}
              busyLabel="Ending…"
            />
          </div>
        </Panel>
      )}
    </>
  )
}
