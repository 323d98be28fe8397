import Link from 'next/link'
import type { ReactNode } from 'react'
import { CodeBlock } from '@/components/ui/code-block'
import { LinkButton } from '@/components/ui/link-button'
import { Panel } from '@/components/ui/panel'

export type FirstRunData = {
  /** An app to try, with the typical price of a use; null without a public app or without AI. */
  app: { name: string; href: string; price: string | null } | null
  /** The typical price of a message to the editor; null without AI. */
  editor: { price: string | null } | null
  /** The API call that records a first charge; null unless the viewer is staff. */
  call: string | null
}

/** Suggestions for the first use of credits, each with its price. */
export function FirstRun({ app, editor, call }: FirstRunData) {
  return (
    <Panel
      title="Nothing has been used yet."
      description="Begin with one of these. Each shows its price first and has a receipt afterwards."
      footer={
        <Link href="/docs/api" className="text-accent underline underline-offset-4">
          For developers: meter your own product over the API
        </Link>
      }
    >
      <ul className="grid gap-4 sm:grid-cols-3">
        {app && (
          <Way
            title="Try an app"
            price={app.price && `${app.price} a use`}
            action={
              // Not prefetched, because opening an app creates its starter content.
              <LinkButton href={app.href} prefetch={false} variant="primary" className="w-full">
                <span>
                  Write with <bdi>{app.name}</bdi>
                </span>
              </LinkButton>
            }
          >
            Ask for a text, a summary or an answer. You choose how much it may spend.
          </Way>
        )}
        {editor && (
          <Way
            title="Build an app"
            price={editor.price && `${editor.price} a message`}
            action={
              <LinkButton href="/editor" className="w-full">
                Open the editor
              </LinkButton>
            }
          >
            Describe it in a chat. Sharing it is free, and you earn when others use it.
          </Way>
        )}
        <Way
          title="See prices"
          price="Free"
          action={
            <LinkButton href="/pricing" className="w-full">
              See what things cost
            </LinkButton>
          }
        >
          The price of each operation and the size of each pack.
        </Way>
      </ul>
      {call && (
        <details className="mt-6">
          <summary className="cursor-pointer text-label text-muted">
            For staff: record a first charge from a server
          </summary>
          <div className="mt-3">
            <CodeBlock label="3 pages of web content extraction: 24 credits" code={call} />
            <p className="mt-3 text-label text-muted">
              The key comes from{' '}
              <code className="font-mono text-ink">npm run -s keys -- create --name first</code>
            </p>
          </div>
        </details>
      )}
    </Panel>
  )
}

type WayProps = { title: string; price: ReactNode; action: ReactNode; children: ReactNode }

function Way({ title, price, action, children }: WayProps) {
  return (
    <li className="flex min-w-0 flex-col rounded-md border border-line p-4">
      <h3 className="font-medium">{title}</h3>
      {price && <p className="mt-1 text-label text-muted tabular-nums">{price}</p>}
      <p className="mt-2 mb-5 text-sm">{children}</p>
      <div className="mt-auto">{action}</div>
    </li>
  )
}

/** A call that can be pasted once the key is set. */
export function firstChargeCall(origin: string, user: string): string {
  return [
    `curl ${origin}/api/v1/charges \\`,
    "  -H 'Authorization: Bearer sk_…' \\",
    "  -H 'Idempotency-Key: first-charge' \\",
    "  -H 'Content-Type: application/json' \\",
    `  -d '{"user":${JSON.stringify(user)},`,
    `       "operation":"web.extract","usage":{"pages":3}}'`,
  ].join('\n')
}
