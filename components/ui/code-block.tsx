import { CopyButton } from '@/components/ui/copy-button'

type CodeBlockProps = { code: string /** The caption above the code. */; label: string; copy?: boolean }

export function CodeBlock({ code, label, copy = true }: CodeBlockProps) {
  const focusable = { tabIndex: 0 }
  return (
    <figure className="min-w-0 overflow-hidden rounded-lg border border-line bg-sunken text-left">
      <figcaption className="flex min-h-11 items-center justify-between gap-3 border-b border-line px-4 py-1.5 text-label text-muted">
        {label}
        {copy && <CopyButton text={code} />}
      </figcaption>
      <pre
        {...focusable}
        className="overflow-x-auto px-4 py-3.5 font-mono text-[0.8125rem] leading-6 text-ink focus-visible:-outline-offset-2"
      >
        <code>{code}</code>
      </pre>
    </figure>
  )
}
