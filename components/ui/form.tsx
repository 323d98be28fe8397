'use client'

import { type ComponentProps, useState } from 'react'

/**
 * A form that is not sent while the browser is offline: it keeps the input and tells the reader. Like every form with a
 * server action, it works before scripts have loaded.
 */
export function Form({ children, onSubmit, ...props }: ComponentProps<'form'>) {
  const [isOffline, setIsOffline] = useState(false)
  return (
    <form
      {...props}
      onSubmit={(event) => {
        setIsOffline(!navigator.onLine)
        if (navigator.onLine) onSubmit?.(event)
        else event.preventDefault()
      }}
    >
      {children}
      {isOffline && (
        <p role="alert" className="mt-2 basis-full text-label text-bad">
          You are offline. Nothing was changed. Try again once you are back.
        </p>
      )}
    </form>
  )
}
