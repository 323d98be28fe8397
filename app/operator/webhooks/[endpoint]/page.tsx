// Answers: what does this server receive, how did it respond, and how do I verify, test or stop it?

import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { ActionForm } from '@/components/billing/action-form'
import { DateTime } from '@/components/format/date-time'
import { ActionLog } from '@/components/operator/action-log'
import { EndpointFields } from '@/components/operator/endpoint-fields'
import { attemptInWords, DELIVERY_WORDS, endpointState } from '@/components/operator/endpoint-words'
import { endpointPath } from '@/components/operator/paths'
import { StaffForm } from '@/components/operator/staff-form'
import { Badge } from '@/components/ui/badge'
import { CopyButton } from '@/components/ui/copy-button'
import { LinkButton } from '@/components/ui/link-button'
import { Panel } from '@/components/ui/panel'
import { PageHeader } from '@/components/ui/shell'
import { parsePublicId, publicId } from '@/lib/ids'
import { readEndpoint } from '@/lib/operator/webhooks-as-staff'
import type { Delivery } from '@/lib/webhooks/deliveries'
import type { Endpoint } from '@/lib/webhooks/endpoints'
import {
  changeWebhook,
  deleteWebhook,
  resendWebhook,
  rotateWebhook,
  switchWebhook,
  testWebhook,
} from '../../actions'
import { orNotFound, staffContext } from '../../staff-context'
import { CHOICES } from '../choices'

export const metadata: Metadata = { title: 'Webhook endpoint' }

const LISTED_MAX = 20

type EndpointPageProps = {
  params: Promise<{ endpoint: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function EndpointPage({ params, searchParams }: EndpointPageProps) {
  const { ctx } = await staffContext()
  const [{ endpoint: named }, { before }] = await Promise.all([params, searchParams])
  const id = parsePublicId('endpoint', named)
  if (id === null) notFound()
  const from = typeof before === 'string' && /^\d{1,15}$/.test(before) ? Number(before) : null
  const found = await orNotFound(readEndpoint(ctx, { id, before: from, limit: LISTED_MAX }))
  const { endpoint, secret, deliveries, actions } = found
  const { tone, words } = endpointState(endpoint)
  const fields = { endpoint: named }
  return (
    <>
      <p className="mb-4 text-sm">
        <Link href="/operator/webhooks" className="text-accent underline-offset-4 hover:underline">
          All endpoints
        </Link>
      </p>
      <PageHeader
        title={<span className="wrap-anywhere">{endpoint.url}</span>}
        description={<code className="break-all font-mono text-label">{named}</code>}
        actions={<Badge tone={tone}>{words}</Badge>}
      />
      <div className="space-y-6">
        <Log endpoint={endpoint} deliveries={deliveries} isFirst={from === null} />
        <Panel
          title="Signing secret"
          description="Receivers verify each delivery with it. For a day after a rotation, deliveries are also signed with the old one."
        >
          <details className="mb-4 text-sm">
            <summary className="cursor-pointer font-medium">Show the secret</summary>
            <p className="mt-3 flex flex-wrap items-center gap-3">
              <code className="min-w-0 break-all rounded-md bg-sunken px-2 py-1 font-mono text-label">
                {secret}
              </code>
              <CopyButton text={secret} />
            </p>
          </details>
          {endpoint.oldSecretUntil !== null && endpoint.oldSecretUntil > ctx.clock.now() && (
            <p className="mb-4 text-label text-muted">
              Deliveries are also signed with the old secret until{' '}
              <DateTime value={endpoint.oldSecretUntil} />.
            </p>
          )}
          <div className="max-w-xl">
            <StaffForm
              action={rotateWebhook}
              fields={fields}
              label="Rotate"
              busyLabel="Rotating…"
              variant="secondary"
            />
          </div>
        </Panel>
        <Panel title="Address and types">
          <div className="max-w-xl">
            <StaffForm action={changeWebhook} fields={fields} label="Save" busyLabel="Saving…">
              <EndpointFields choices={CHOICES} url={endpoint.url} types={endpoint.types} />
            </StaffForm>
          </div>
        </Panel>
        <Panel
          title={endpoint.off === null ? 'Switch off or delete' : 'Switch on or delete'}
          description="While it is off, new events are not kept for it; waiting ones are sent once it is on again. Deleting it also deletes its log."
        >
          <div className="grid max-w-xl gap-6 sm:grid-cols-2">
            <StaffForm
              action={switchWebhook}
              fields={{ ...fields, to: endpoint.off === null ? 'off' : 'on' }}
              label={endpoint.off === null ? 'Switch off' : 'Switch on'}
              busyLabel="Switching…"
              variant="secondary"
            />
            <StaffForm
              action={deleteWebhook}
              fields={fields}
              label="Delete"
              busyLabel="Deleting…"
              variant="danger"
            />
          </div>
        </Panel>
        <ActionLog actions={actions} again={{}} />
      </div>
    </>
  )
}

type LogProps = { endpoint: Endpoint; deliveries: Delivery[]; isFirst: boolean }

function Log({ endpoint, deliveries, isFirst }: LogProps) {
  const named = publicId('endpoint', endpoint.id)
  const last = deliveries.length === LISTED_MAX ? deliveries.at(-1) : undefined
  const isOn = endpoint.off === null
  return (
    <Panel
      title="Deliveries"
      description="The newest events first, with their latest attempts. The feed keeps events for 90 days."
      flush
      actions={
        isOn && (
          <div className="w-44">
            <ActionForm
              action={testWebhook}
              fields={{ endpoint: named }}
              label="Send a test event"
              busyLabel="Sending…"
              size="sm"
            />
          </div>
        )
      }
      footer={
        (last !== undefined || !isFirst) && (
          <span className="flex flex-wrap gap-3">
            {!isFirst && (
              <LinkButton href={endpointPath(endpoint.id)} size="sm">
                Newest
              </LinkButton>
            )}
            {last !== undefined && (
              <LinkButton href={`${endpointPath(endpoint.id)}?before=${last.seq}`} size="sm">
                Older
              </LinkButton>
            )}
          </span>
        )
      }
    >
      {deliveries.length === 0 ? (
        <p className="border-t border-line px-5 py-4 text-sm text-muted sm:px-6">None.</p>
      ) : (
        <ul aria-label="Deliveries" className="divide-y divide-line border-t border-line">
          {deliveries.map((delivery) => (
            <li
              key={delivery.seq}
              className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3 px-5 py-3 text-sm sm:px-6"
            >
              <DeliveryFacts delivery={delivery} />
              {isOn && (
                <div>
                  <ActionForm
                    action={resendWebhook}
                    fields={{ endpoint: named, event: publicId('event', delivery.eventId) }}
                    label="Resend"
                    busyLabel="Sending…"
                    size="sm"
                  />
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}

function DeliveryFacts({ delivery }: { delivery: Delivery }) {
  const { tone, words } = DELIVERY_WORDS[delivery.state]
  return (
    <div className="min-w-0">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="font-medium">{delivery.type}</span>
        <Badge tone={tone}>{words}</Badge>
        <span className="text-label text-muted">No. {delivery.seq}</span>
      </p>
      <code className="mt-0.5 block break-all font-mono text-label text-muted">
        {publicId('event', delivery.eventId)}
      </code>
      {delivery.attempts.map((attempt) => (
        <p key={attempt.at.getTime()} className="mt-0.5 break-words text-label text-muted">
          <DateTime value={attempt.at} /> · {attemptInWords(attempt)}
        </p>
      ))}
      {delivery.state === 'waiting' && delivery.nextAttemptAt !== null && delivery.attempts.length > 0 && (
        <p className="mt-0.5 text-label text-muted">
          Next attempt <DateTime value={delivery.nextAttemptAt} />
        </p>
      )}
    </div>
  )
}
