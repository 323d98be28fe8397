import { CodeBlock } from '@/components/ui/code-block'
import { EmptyState } from '@/components/ui/empty-state'
import { Panel } from '@/components/ui/panel'

/** Nothing yet: with the call that changes it. */
export function FirstCharge({ call }: { call: string }) {
  return (
    <Panel>
      <EmptyState title="Nothing has been used yet.">
        <p>
          What you use in the editor and in apps appears here as it happens. A server records a first charge
          like this, with a key from{' '}
          <code className="font-mono text-ink">npm run -s keys -- create --name first</code>:
        </p>
        <div className="mt-5">
          <CodeBlock label="3 pages of web content extraction: 24 credits" code={call} />
        </div>
      </EmptyState>
    </Panel>
  )
}

/** The call, ready to be pasted but for the key. */
export function firstChargeCall(origin: string, user: string): string {
  return [
    `curl ${origin}/api/v1/charges \\`,
    "  -H 'Authorization: Bearer sk_…' \\",
    "  -H 'Idempotency-Key: first-charge' \\",
    "  -H 'Content-Type: application/json' \\",
    `  -d '${JSON.stringify({ user, operation: 'web.extract', usage: { pages: 3 } })}'`,
  ].join('\n')
}
