// Answers: which servers of the platform receive events, and do they answer?

import type { Metadata } from 'next'
import Link from 'next/link'
import { EndpointFields } from '@/components/operator/endpoint-fields'
import { endpointState } from '@/components/operator/endpoint-words'
import { endpointPath } from '@/components/operator/paths'
import { StaffForm } from '@/components/operator/staff-form'
import { Badge } from '@/components/ui/badge'
import { Panel } from '@/components/ui/panel'
import { PageHeader } from '@/components/ui/shell'
import { plural } from '@/lib/format'
import { newUuid, publicId } from '@/lib/ids'
import { readEndpoints } from '@/lib/operator/webhooks-as-staff'
import { addWebhook } from '../actions'
import { orNotFound, staffContext } from '../staff-context'
import { CHOICES } from './choices'

export const metadata: Metadata = { title: 'Webhooks' }

export default async function WebhooksPage() {
  const { ctx } = await staffContext()
  const endpoints = await orNotFound(readEndpoints(ctx))
  return (
    <>
      <PageHeader
        title="Webhooks"
        description="Servers of the platform that receive events, signed according to Standard Webhooks. Failed deliveries are retried for three days."
      />
      <Panel title="Endpoints" flush>
        {endpoints.length === 0 ? (
          <p className="border-t border-line px-5 py-4 text-sm text-muted sm:px-6">None.</p>
        ) : (
          <ul className="divide-y divide-line border-t border-line">
            {endpoints.map((endpoint) => {
              const { tone, words } = endpointState(endpoint)
              return (
                <li key={endpoint.id}>
                  <Link
                    href={endpointPath(endpoint.id)}
                    className="flex flex-wrap items-center justify-between gap-x-6 gap-y-1 px-5 py-3 text-sm hover:bg-sunken focus-visible:-outline-offset-2 sm:px-6"
                  >
                    <span className="min-w-0">
                      <span className="wrap-anywhere block font-medium">{endpoint.url}</span>
                      <span className="block text-label text-muted">
                        {endpoint.types === null ? 'Every type' : plural(endpoint.types.length, 'type')}
                      </span>
                    </span>
                    <Badge tone={tone}>{words}</Badge>
                  </Link>
                </li>
              )
            })}
          </ul>
        )}
      </Panel>
      <Panel title="Add an endpoint" className="mt-6">
        <div className="max-w-xl">
          <StaffForm
            action={addWebhook}
            fields={{ endpoint: publicId('endpoint', newUuid()) }}
            label="Add"
            busyLabel="Adding…"
          >
            <EndpointFields choices={CHOICES} />
          </StaffForm>
        </div>
      </Panel>
    </>
  )
}
