'use client'

import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import { buttonClass } from '@/components/ui/button'

/** Copies `text` and confirms it until the pointer or focus leaves. */
export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle')
  const words = { idle: label, copied: 'Copied', failed: 'Could not copy' }[state]

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text)
      setState('copied')
    } catch {
      // Browsers refuse to copy without permission, or if the origin is not secure.
      setState('failed')
    }
  }

  return (
    <button
      type="button"
      onClick={copy}
      onBlur={() => setState('idle')}
      onPointerLeave={() => setState('idle')}
      className={buttonClass('secondary', 'sm')}
    >
      {state === 'copied' ? (
        <Check aria-hidden="true" className="size-3.5 text-good" />
      ) : (
        <Copy aria-hidden="true" className="size-3.5" />
      )}
      <span aria-live="polite">{words}</span>
    </button>
  )
}
