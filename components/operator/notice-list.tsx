import type { ReactNode } from 'react'
import { ActionForm, type LeavingAction } from '@/components/billing/action-form'
import { DateTime } from '@/components/format/date-time'
import { moneyNoticeInWords } from '@/components/operator/money-notice-words'
import { ageInWords, lookedBack, twinsInWords, uncreditedInWords } from '@/components/operator/notice-words'
import { accountPath, subjectPath } from '@/components/operator/paths'
import { StaffForm } from '@/components/operator/staff-form'
import { operationName } from '@/components/operator/timeline-words'
import { LinkButton } from '@/components/ui/link-button'
import { Panel } from '@/components/ui/panel'
import type { BillingNotice } from '@/lib/billing/read/notice-rows'
import { creditsInWords } from '@/lib/format'
import { newUuid, publicId } from '@/lib/ids'
import type { Notices } from '@/lib/operator/read-notices'

type NoticeListProps = {
  notices: Notices
  now: Date
  /** False if nothing is sold here, in which case checkouts and payments are omitted. */
  hasBilling: boolean
  /** True on an account's own page, which shows only findings and no names. */
  ofOneAccount?: boolean
  /** Closes a billing notice. */
  close: LeavingAction
}

/** The notices, with links to act on them. */
export function NoticeList({ notices, now, hasBilling, ofOneAccount = false, close }: NoticeListProps) {
  const who = (accountId: string) => (ofOneAccount ? null : (notices.people.get(accountId) ?? null))
  const { twins, since } = notices.twins
  return (
    <div className="space-y-6">
      <Section
        id="twins"
        title="Identical charges within a minute"
        note={`Same operation, app, usage and amount, with no reference to distinguish them. ${lookedBack(since)}`}
        isHidden={ofOneAccount}
      >
        {twins.map((twin) => (
          <Item
            key={twin.second.id}
            title={twinsInWords(twin)}
            who={who(twin.accountId)}
            at={twin.second.at}
            links={[
              { href: subjectPath(twin.accountId, publicId('charge', twin.first.id)), label: 'First charge' },
              {
                href: subjectPath(twin.accountId, publicId('charge', twin.second.id)),
                label: 'Second charge',
              },
            ]}
          />
        ))}
      </Section>
      <Section
        id="uncredited"
        title="Paid checkouts without their credits"
        note={
          notices.uncredited === null
            ? 'Stripe is not responding, so this is unknown. Try again in a moment.'
            : 'Among Stripe’s 100 newest completed checkouts.'
        }
        isHidden={!hasBilling || (ofOneAccount && notices.uncredited !== null)}
      >
        {(notices.uncredited ?? []).map((uncredited) => (
          <Item
            key={uncredited.checkout.id}
            title={uncreditedInWords(uncredited)}
            who={who(uncredited.checkout.accountId)}
            at={uncredited.at}
            links={[
              {
                href: subjectPath(uncredited.checkout.accountId, uncredited.checkout.id),
                label: 'Complete now…',
              },
            ]}
          />
        ))}
      </Section>
      <Section
        id="money"
        title={moneyTitle(hasBilling)}
        note={
          hasBilling
            ? 'Payments that differ from what was sold, automatic refunds, repairs by the reconciler, and webhook endpoints that were switched off.'
            : 'Webhook endpoints that were switched off because they failed for days.'
        }
        isHidden={ofOneAccount}
      >
        {notices.money.map((notice) => (
          <MoneyNotice
            key={notice.id}
            notice={notice}
            who={notice.accountId === null ? null : who(notice.accountId)}
            close={close}
          />
        ))}
      </Section>
      <Section
        id="holds"
        title="Old open holds"
        note="Holds that have been open for more than an hour."
        isHidden={ofOneAccount}
      >
        {notices.longHolds.map((hold) => (
          <Item
            key={hold.id}
            title={`${creditsInWords(hold.amount)} for ${operationName(hold.operation)}, for ${ageInWords(hold.createdAt, now)}`}
            who={who(hold.accountId)}
            at={hold.createdAt}
            links={[{ href: subjectPath(hold.accountId, publicId('hold', hold.id)), label: 'View hold' }]}
          />
        ))}
      </Section>
    </div>
  )
}

/** The title of the notices that are stored when they occur. */
export function moneyTitle(hasBilling: boolean): string {
  return hasBilling ? 'Payments and plans in Stripe' : 'Webhook endpoints'
}

type MoneyNoticeProps = { notice: BillingNotice; who: string | null; close: LeavingAction }

function MoneyNotice({ notice, who: email, close }: MoneyNoticeProps) {
  const { title, detail } = moneyNoticeInWords(notice)
  const place = placeOf(notice)
  const asks = notice.kind === 'held'
  return (
    <li className="px-5 py-3 text-sm sm:px-6">
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0 max-w-prose">
          <p className="font-medium">{title}</p>
          <p className="mt-0.5 break-words">{detail}</p>
          <p className="mt-0.5 break-words text-label text-muted">
            {email && `${email} · `}
            <DateTime value={notice.noticedAt} />
          </p>
        </div>
        {place !== null && (
          <LinkButton href={place} size="sm" aria-label={`View: ${title}`}>
            View
          </LinkButton>
        )}
        {notice.kind !== 'mismatch' && !asks && (
          <div>
            <ActionForm
              action={close}
              fields={{ notice: notice.id, outcome: 'seen', reason: 'Seen', key: newUuid() }}
              label="Seen"
              busyLabel="Closing…"
              size="sm"
            />
          </div>
        )}
      </div>
      {asks && (
        <div className="mt-4 max-w-md">
          <StaffForm
            action={close}
            fields={{ notice: notice.id, outcome: 'accepted' }}
            label="Allow it for a day"
            busyLabel="Allowing…"
            variant="danger"
          />
        </div>
      )}
    </li>
  )
}

/** The page where staff can act on the notice; null if there is none. */
function placeOf({ kind, accountId, facts, subject }: BillingNotice): string | null {
  if (kind === 'endpoint_off') return `/operator/webhooks/${facts.endpoint}`
  if (accountId === null) return null
  if (kind !== 'mismatch' && kind !== 'returned') return accountPath(accountId)
  if (facts.payment !== null) return subjectPath(accountId, facts.payment)
  return subject.startsWith('cs_') ? subjectPath(accountId, subject) : accountPath(accountId)
}

type ItemProps = { title: string; who: string | null; at: Date; links: { href: string; label: string }[] }

function Item({ title, who: email, at, links }: ItemProps) {
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 px-5 py-3 sm:px-6">
      <div className="min-w-0 text-sm">
        <p className="font-medium">{title}</p>
        <p className="mt-0.5 break-words text-label text-muted">
          {email && `${email} · `}
          <DateTime value={at} />
        </p>
      </div>
      <div className="flex flex-wrap gap-2">
        {links.map(({ href, label }) => (
          <LinkButton key={href} href={href} size="sm" aria-label={`${label}: ${title}`}>
            {label}
          </LinkButton>
        ))}
      </div>
    </li>
  )
}

type SectionProps = { id: string; title: string; note: string; isHidden: boolean; children: ReactNode[] }

/** An empty section says so, except on an account's own page, where it is hidden. */
function Section({ id, title, note, isHidden, children }: SectionProps) {
  if (children.length === 0 && isHidden) return null
  return (
    <Panel id={id} title={title} description={note} flush className="scroll-mt-20">
      {children.length === 0 ? (
        <p className="border-t border-line px-5 py-4 text-sm text-muted sm:px-6">None.</p>
      ) : (
        <ul className="divide-y divide-line border-t border-line">{children}</ul>
      )}
    </Panel>
  )
}
