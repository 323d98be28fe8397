'use client'

import { catchError, type ErrorInfo } from 'next/error'
import { useEffect, useState } from 'react'
import { PanelFailed } from '@/components/dashboard/panel-failed'

type PanelBoundaryProps = {
  /** The name of the content, as the notice shows it: "Your history". */
  what: string
  /** The time of the server rendering; a newer rendering replaces the failure. */
  renderedAt: string
}

/** Confines a failure to one panel, with a retry button. */
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
