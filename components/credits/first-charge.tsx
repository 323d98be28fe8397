import { CodeBlock } from '@/components/ui/code-block'
import { Panel } from '@/components/ui/panel'

/** Nothing yet: with the call that changes it. */
export function FirstCharge({ call }: { call: string }) {
  return (
    <Panel
      title="Nothing has been used yet."
      description="What you use in the editor and in apps appears here as it happens. A server records a first charge like this:"
      footer={
        <>
          The key comes from{' '}
          <code className="font-mono text-ink">npm run -s keys -- create --name first</code>
        </>
      }
    >
      <CodeBlock label="3 pages of web content extraction: 24 credits" code={call} />
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
    `  -d '{"user":${JSON.stringify(user)},`,
    `       "operation":"web.extract","usage":{"pages":3}}'`,
  ].join('\n')
}
