import { Button } from '@/components/ui/button'
import { Notice } from '@/components/ui/notice'

type PanelFailedProps = {
  /** What could not be read: "Your usage". */
  what: string
  onRetry: () => void
  busy?: boolean
}

/** In the place of a panel that could not be read; the rest of the page stands. */
export function PanelFailed({ what, onRetry, busy = false }: PanelFailedProps) {
  return (
    <Notice
      tone="bad"
      role="alert"
      title={`${what} could not be read.`}
      action={
        <Button size="sm" onClick={onRetry} busy={busy}>
          Try again
        </Button>
      }
    >
      The rest of this page is not affected, and nothing was charged.
    </Notice>
  )
}
