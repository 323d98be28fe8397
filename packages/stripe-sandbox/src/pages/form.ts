import type { Context } from 'hono'
import { type Html, notice } from './layout'

/** What surrounds what a page does: time is brought up to date before, deliveries and the snapshot follow after. */
export type Around = {
  before: () => void
  /** Wakes deliveries and, as Stripe does, waits a moment for them before the buyer is sent back. */
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
