'use client'

import { Tooltip as Radix } from 'radix-ui'
import type { ReactElement, ReactNode } from 'react'

/** Into the page's landmark, so that a screen reader which moves by landmarks finds it. */
function landmark(): HTMLElement | null {
  return typeof document === 'undefined' ? null : document.querySelector('main')
}

/** A short explanation of a focusable child. Never the only place where something can be read. */
export function Tooltip({ content, children }: { content: ReactNode; children: ReactElement }) {
  return (
    <Radix.Provider delayDuration={200}>
      <Radix.Root>
        <Radix.Trigger asChild>{children}</Radix.Trigger>
        <Radix.Portal container={landmark()}>
          <Radix.Content
            sideOffset={6}
            collisionPadding={12}
            className="animate-overlay z-50 max-w-xs rounded-md border border-line bg-surface px-3 py-2 text-label text-ink"
          >
            {content}
          </Radix.Content>
        </Radix.Portal>
      </Radix.Root>
    </Radix.Provider>
  )
}
