import { useEffect, useState } from 'react'
import type { Price } from '@/lib/studio/price-feature'

/** The delay after typing before a price is quoted. */
const PAUSE_MS = 500

/** The price of the current prompt; `known` until the person stops typing. */
export function usePrice(base: string, feature: string, prompt: string, known: Price | null): Price | null {
  const [asked, setAsked] = useState<{ feature: string; price: Price | null } | null>(null)
  useEffect(() => {
    if (prompt.trim() === '') {
      setAsked(null)
      return
    }
    const controller = new AbortController()
    const timer = setTimeout(() => {
      priceOf(base, { feature, prompt }, controller.signal)
        .then((price) => setAsked({ feature, price }))
        // The previous price remains; pressing the button reports the problem.
        .catch(() => undefined)
    }, PAUSE_MS)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [base, feature, prompt])
  return asked?.feature === feature ? asked.price : known
}

async function priceOf(base: string, body: object, signal: AbortSignal): Promise<Price | null> {
  const answer = await fetch(`${base}/price`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  })
  if (!answer.ok) throw new Error(`no price: ${answer.status}`)
  return answer.json()
}
