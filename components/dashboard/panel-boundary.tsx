'use client'

import { catchError, type ErrorInfo } from 'next/error'
import { useEffect, useState } from 'react'
import { PanelFailed } from '@/components/dashboard/panel-failed'

type PanelBoundaryProps = {
  /** What stands inside, as the notice names it: "Your history". */
  what: string
  /** When the server rendered what is inside: a later rendering is shown, or fails, on its own. */
  renderedAt: string
}

/** Keeps the failure of one panel to itself, with a way to try again. */
export const PanelBoundary = catchError<PanelBoundaryProps>((props, info) => (
  <Failed {...props} info={info} />
))

function Failed({ what, renderedAt, info }: PanelBoundaryProps & { info: ErrorInfo }) {
  const [failedAt] = useState(renderedAt)
  const { reset, retry } = info
  useEffect(() => {
    if (renderedAt !== failedAt) reset()
  }, [renderedAt, failedAt, reset])
  return <PanelFailed what={what} onRetry={retry} />
}
