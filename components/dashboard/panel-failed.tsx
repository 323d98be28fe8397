import { Notice } from '@/components/ui/notice'
import { RetryButton } from '@/components/ui/retry-button'

type PanelFailedProps = {
  /** The name of the content: "Your usage". */
  what: string
  onRetry: () => void
  busy?: boolean
}

/** Replaces a panel that could not be read; the rest of the page stays usable. */
export function PanelFailed({ what, onRetry, busy = false }: PanelFailedProps) {
  return (
    <Notice
      tone="bad"
      role="alert"
      title={`${what} could not be read.`}
      action={<RetryButton onRetry={onRetry} busy={busy} />}
    >
      The rest of this page is not affected, and nothing was charged.
    </Notice>
  )
}
