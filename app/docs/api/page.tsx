// Answers: which calls exist, what do they take and return, and how do I try one? Everything comes from the OpenAPI
// document, which is generated from the schemas that validate requests.
import type { Metadata } from 'next'
import { Basics } from '@/app/docs/api/basics'
import { CallSection } from '@/app/docs/api/call'
import { anchorOf, Contents } from '@/app/docs/api/contents'
import { Fields, Note } from '@/app/docs/api/fields'
import { PageHeader, SidebarShell } from '@/components/ui/shell'
import { firstExamples } from '@/lib/api/examples'
import { describeApi } from '@/lib/api/openapi'
import { apiReference, type Reference } from '@/lib/api/reference'
import { isThere } from '@/lib/api/route'
import { routes } from '@/lib/api/routes'
import { getEnv } from '@/lib/env'

export const metadata: Metadata = {
  title: 'API',
  description: 'Every call of the API: who may make it, what it takes and returns, and a working example.',
}

export default function ApiPage() {
  const { appUrl } = getEnv()
  const reference = apiReference(JSON.parse(describeApi(routes, appUrl)))
  return (
    <SidebarShell nav={<Contents groups={reference.groups} />}>
      <PageHeader
        title="API"
        description={
          <>
            Quote, hold, charge and refund over HTTP; read where every credit went. Also as{' '}
            <a href="/api/openapi.json" className="text-accent underline underline-offset-4">
              OpenAPI 3.1
            </a>
            .
          </>
        }
      />
      <div className="mt-10 space-y-16">
        <Basics
          credentials={reference.credentials}
          appUrl={appUrl}
          first={firstExamples(routes.filter(isThere), appUrl)}
        />
        {reference.groups.map(({ name, calls }) => (
          <section key={name} aria-labelledby={anchorOf('group', name)}>
            <GroupTitle id={anchorOf('group', name)}>{name}</GroupTitle>
            {calls.map((call) => (
              <CallSection key={call.id} call={call} />
            ))}
          </section>
        ))}
        <Objects objects={reference.objects} />
        <Problems problems={reference.problems} />
      </div>
    </SidebarShell>
  )
}

function GroupTitle({ id, children }: { id: string; children: string }) {
  return (
    <h2 id={id} className="scroll-mt-20 border-b border-line pb-3 text-lg font-medium tracking-tight">
      {children}
    </h2>
  )
}

function Objects({ objects }: Pick<Reference, 'objects'>) {
  return (
    <section aria-labelledby="objects">
      <GroupTitle id="objects">Objects</GroupTitle>
      {objects.map(({ name, note, fields }) => (
        <article key={name} className="mt-10">
          <h3 id={anchorOf('object', name)} className="scroll-mt-20 text-sm font-medium">
            {name}
          </h3>
          {note && (
            <p className="mt-1 max-w-prose text-label text-muted">
              <Note text={note} />
            </p>
          )}
          {fields.length > 0 && (
            <div className="mt-3">
              <Fields caption={`Fields of ${name}`} fields={fields} />
            </div>
          )}
        </article>
      ))}
    </section>
  )
}

function Problems({ problems }: Pick<Reference, 'problems'>) {
  return (
    <section aria-labelledby="problems">
      <GroupTitle id="problems">Problems</GroupTitle>
      <dl className="mt-4 divide-y divide-line text-label">
        {problems
          .toSorted((one, other) => one.status.localeCompare(other.status))
          .map(({ code, status, adds }) => (
            <div
              key={code}
              id={`problem-${code}`}
              className="flex scroll-mt-20 flex-wrap gap-x-4 gap-y-1 py-2.5"
            >
              <dt className="flex w-60 shrink-0 gap-4">
                <span className="w-10 tabular-nums">{status}</span>
                <span className="font-mono">{code}</span>
              </dt>
              <dd className="min-w-0 text-muted">
                {adds.length === 0 ? 'adds nothing' : `adds ${adds.map(({ name }) => name).join(', ')}`}
              </dd>
            </div>
          ))}
      </dl>
    </section>
  )
}
