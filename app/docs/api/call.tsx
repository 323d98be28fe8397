import type { ReactNode } from 'react'
import { Fields, Note, TypeName } from '@/app/docs/api/fields'
import { Badge } from '@/components/ui/badge'
import { CodeBlock } from '@/components/ui/code-block'
import type { Call, Parameter } from '@/lib/api/reference'

const CREDENTIALS: Record<string, string> = {
  secretKey: 'secret key',
  session: 'signed-in user',
  appToken: 'app token',
}

/** One call: its callers, parameters, example and answers. */
export function CallSection({ call }: { call: Call }) {
  const name = `${call.method} ${call.path}`
  const rest = call.parameters.filter(({ place }) => place !== 'header')
  return (
    <article className="mt-12">
      <h3 id={call.id} className="scroll-mt-20 font-mono text-sm font-medium [overflow-wrap:anywhere]">
        {name}
      </h3>
      <p className="mt-1.5 max-w-prose text-sm text-muted">
        <Note text={call.summary} />
      </p>
      <p className="mt-3 flex flex-wrap gap-2">
        {call.credentials.length === 0 && <Badge>open to anyone</Badge>}
        {call.credentials.map((credential) => (
          <Badge key={credential}>{CREDENTIALS[credential] ?? credential}</Badge>
        ))}
        {call.isIdempotent && <Badge tone="accent">needs Idempotency-Key</Badge>}
      </p>
      <div className="mt-4 space-y-5">
        <CodeBlock label="Example" code={call.curl} />
        {rest.length > 0 && (
          <Part title="Parameters">
            <Fields caption={`Parameters of ${name}`} fields={rest.map(placed)} />
          </Part>
        )}
        {call.body && call.body.fields.length > 0 && (
          <Part title="Body" note={call.body.note}>
            <Fields caption={`Body of ${name}`} fields={call.body.fields} />
          </Part>
        )}
        <Part title="Answers">
          <Answers call={call} />
        </Part>
      </div>
    </article>
  )
}

function placed(parameter: Parameter) {
  return parameter.place === 'path'
    ? { ...parameter, note: `In the path. ${parameter.note}`.trim() }
    : parameter
}

function Part({ title, note, children }: { title: string; note?: string; children: ReactNode }) {
  return (
    <div>
      <h4 className="text-label font-medium">{title}</h4>
      {note && (
        <p className="mt-1 text-label text-muted">
          <Note text={note} />
        </p>
      )}
      <div className="mt-2">{children}</div>
    </div>
  )
}

function Answers({ call: { answers, problems } }: { call: Call }) {
  return (
    <dl className="divide-y divide-line border-y border-line text-label">
      {answers.map((answer) => (
        <AnswerRow key={answer.status} status={answer.status}>
          <TypeName shown={answer} />
          {answer.note && <span className="text-muted"> · {answer.note}</span>}
        </AnswerRow>
      ))}
      {problems.map(({ status, codes }) => (
        <AnswerRow key={status} status={status}>
          <span className="flex flex-wrap gap-x-3">
            {codes.map((code) => (
              <a
                key={code}
                href={`#problem-${code}`}
                className="font-mono leading-6 text-muted hover:text-ink"
              >
                {code}
              </a>
            ))}
          </span>
        </AnswerRow>
      ))}
    </dl>
  )
}

function AnswerRow({ status, children }: { status: string; children: ReactNode }) {
  return (
    <div className="flex gap-4 py-2">
      <dt className="w-10 shrink-0 tabular-nums">{status}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  )
}
