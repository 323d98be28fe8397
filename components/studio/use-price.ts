import { useEffect, useState } from 'react'
import type { Price } from '@/lib/studio/price-feature'

/** Somebody who types is not asked for a price with each letter. */
const PAUSE_MS = 500

/** The price of what has been written so far: `known` until somebody stops to think. */
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
        // The price from before stands; pressing the button says what is wrong.
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
