import type { ReactNode } from 'react'
import { Note } from '@/app/docs/api/fields'
import { CodeBlock } from '@/components/ui/code-block'
import type { Reference } from '@/lib/api/reference'

type BasicsProps = Pick<Reference, 'credentials'> & {
  appUrl: string
  /** The calls that create the objects used in the examples. */
  first: string[]
}

/** The rules that apply to every call. */
export function Basics({ credentials, appUrl, first }: BasicsProps) {
  return (
    <section aria-labelledby="basics">
      <h2 id="basics" className="scroll-mt-20 text-lg font-medium tracking-tight">
        Basics
      </h2>
      <div className="mt-3 max-w-prose space-y-3 text-sm leading-6 [&_code]:font-mono [&_code]:text-[0.95em]">
        <p>
          JSON in camelCase below <code>{appUrl}/api/v1</code>. Amounts are credits with at most three
          decimals, times are RFC 3339 in UTC; <code>from</code> is included, <code>to</code> is not. An
          unknown field is an error. Lists have <code>data</code> and <code>nextCursor</code>, which leads to
          the next page as <code>cursor</code>. Every answer carries an <code>X-Request-Id</code>.
        </p>
        <Term title="Who calls">
          {credentials.map(({ name, note }) => (
            <span key={name} className="mt-1 block">
              <Note text={note} />
            </span>
          ))}
        </Term>
        <Term title="Repeated requests take effect once">
          Calls that move credits or money need an <code>Idempotency-Key</code> header. A repeat with the same
          key returns the first answer, with <code>Idempotent-Replayed: true</code>; another request under the
          same key is refused with <code>idempotency_conflict</code>. Keys never expire, and a refusal is not
          remembered.
        </Term>
        <Term title="Problems">
          Refusals are <code>application/problem+json</code> with a <code>code</code> that programs can rely
          on; each is{' '}
          <a href="#problems" className="text-accent underline underline-offset-4">
            described below
          </a>
          . After <code>unavailable</code> the outcome may be unknown: repeat with the same key.
        </Term>
        <p>
          The examples run unchanged in a shell that has your key, once the three calls below have created the
          user, the creator and the app that they name. Where an example contains <code>$HOLD</code>,{' '}
          <code>$CHARGE</code> or <code>$GRANT</code>, insert the <code>id</code> returned by the call that
          created it; <code>$CODE</code> and <code>$VERIFIER</code> are those of your app’s connect page.
        </p>
      </div>
      <div className="mt-4 space-y-5">
        <CodeBlock
          label="On the operator’s server"
          code={'export KEY=$(npm run -s keys -- create --name "my server")'}
        />
        <CodeBlock label="Before all other examples" code={first.join('\n\n')} />
      </div>
    </section>
  )
}

function Term({ title, children }: { title: string; children: ReactNode }) {
  return (
    <p>
      <strong className="block font-medium">{title}</strong>
      {children}
    </p>
  )
}
