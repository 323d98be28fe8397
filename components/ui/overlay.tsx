'use client'

import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { classNames } from '@/components/ui/class-names'

export type OverlayProps = {
  title: ReactNode
  description?: ReactNode
  /** The control that opens the overlay; omitted if `open` is controlled elsewhere, such as by the URL. */
  trigger?: ReactNode
  open?: boolean
  onOpenChange?: (open: boolean) => void
  footer?: ReactNode
  children?: ReactNode
  /** Moves focus on closing if there is no trigger: prevent the default and focus an element. */
  onCloseAutoFocus?: (event: Event) => void
}

/** Shared by sheet and dialog: traps focus, closes on Escape, and is named by its title. */
export function Overlay({
  title,
  description,
  trigger,
  open,
  onOpenChange,
  footer,
  children,
  onCloseAutoFocus,
  className,
}: OverlayProps & { className: string }) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      {trigger && <Radix.Trigger asChild>{trigger}</Radix.Trigger>}
      <Radix.Portal>
        <Radix.Overlay className="animate-overlay fixed inset-0 z-40 bg-black/40" />
        <Radix.Content
          className={classNames('fixed z-50 flex flex-col border-line bg-surface text-ink', className)}
          onCloseAutoFocus={onCloseAutoFocus}
          {...(description ? {} : { 'aria-describedby': undefined })}
        >
          <header className="flex items-start justify-between gap-4 border-b border-line px-5 py-4 sm:px-6">
            <div className="min-w-0">
              <Radix.Title className="text-base font-medium tracking-tight">{title}</Radix.Title>
              {description && (
                <Radix.Description className="mt-1 text-label text-muted">{description}</Radix.Description>
              )}
            </div>
            <Radix.Close
              aria-label="Close"
              className="-m-1.5 rounded-md p-1.5 text-muted hover:bg-sunken hover:text-ink"
            >
              <X aria-hidden="true" className="size-4.5" />
            </Radix.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-5 sm:px-6">{children}</div>
          {footer && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3.5 sm:px-6">
              {footer}
            </footer>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
