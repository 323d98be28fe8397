import type { Context } from 'hono'
import { type Html, notice } from './layout'

/** The work around a page's action: time is updated before it; deliveries are sent and the snapshot is written after it. */
export type Around = {
  before: () => void
  /** Starts due deliveries and, as Stripe does, briefly waits for them before redirecting the buyer. */
  after: () => Promise<void>
}

export type Form = Record<string, string | File>

export function textOf(form: Form, name: string): string {
  const value = form[name]
  return typeof value === 'string' ? value.trim() : ''
}

export function render(c: Context, page: Html, status: 200 | 402 | 404 | 410 | 422 = 200) {
  return c.html(page, status, { 'cache-control': 'no-store' })
}

export function missing(c: Context, what: string) {
  return render(c, notice('Not found', `This ${what} does not exist.`), 404)
}
