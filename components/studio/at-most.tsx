import { useEffect, useId, useState } from 'react'
import { parseCredits } from '@/components/apps/parse-credits'
import { controlClass } from '@/components/ui/field'
import { toCredits } from '@/lib/millicredits'

type AtMostField = {
  text: string
  change(text: string): void
  /** Null if there is no limit. */
  amount: number | null
  /** True if the text is not an amount; the action then must not start. */
  isWrong: boolean
}

/** The most that one action on this page may cost, remembered in this browser for each app and project. */
export function useAtMost(base: string): AtMostField {
  const key = `at-most ${base}`
  const [text, setText] = useState('')
  useEffect(() => setText(window.localStorage.getItem(key) ?? ''), [key])
  const change = (next: string) => {
    setText(next)
    if (next.trim() === '') window.localStorage.removeItem(key)
    else window.localStorage.setItem(key, next)
  }
  const amount = parseCredits(text)
  const isWrong = text.trim() !== '' && amount === null
  return { text, change, isWrong, amount: amount === null ? null : toCredits(amount) }
}

/** The field for this amount, beside the button that starts the action. */
export function AtMost({ text, change, isWrong }: AtMostField) {
  const id = useId()
  return (
    <span className="inline-flex flex-wrap items-center gap-2 text-label">
      <label htmlFor={id}>At most</label>
      <input
        id={id}
        type="text"
        inputMode="decimal"
        autoComplete="off"
        placeholder="no limit"
        value={text}
        onChange={(event) => change(event.target.value)}
        aria-invalid={isWrong || undefined}
        aria-describedby={`${id}-unit`}
        className={`${controlClass} w-24! tabular-nums`}
      />
      <span id={`${id}-unit`} className={isWrong ? 'text-bad' : 'text-muted'}>
        {isWrong ? 'Enter an amount above 0, or leave this empty.' : 'credits'}
      </span>
    </span>
  )
}
