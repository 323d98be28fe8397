'use client'

import { usePathname, useRouter } from 'next/navigation'
import { useEffect, useRef } from 'react'

const SEARCH_PATH = '/operator'

/** `/` focuses the search on any operator page, except while typing in a field. */
export function SearchShortcut() {
  const router = useRouter()
  const pathname = usePathname()
  const isAsked = useRef(false)
  useEffect(() => {
    if (isAsked.current && pathname === SEARCH_PATH) isAsked.current = !focusSearch()
  }, [pathname])
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
        return
      event.preventDefault()
      if (focusSearch()) return
      isAsked.current = true
      router.push(SEARCH_PATH)
    }
    document.addEventListener('keydown', listen)
    return () => document.removeEventListener('keydown', listen)
  }, [router])
  return null
}

function focusSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>('search input[type=search]')
  field?.focus()
  field?.select()
  return field !== null
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input, textarea, select, [role=textbox]'))
  )
}
