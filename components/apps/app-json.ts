import type { AppVisibility } from '@/lib/apps/app'
import type { PayerApp } from '@/lib/apps/list-payer-apps'
import type { Millicredits } from '@/lib/millicredits'

/** What an action on an app came to, for the person who pressed the button; `done` counts, so that a repeat is noticed. */
export type AppOutcome = { done: number; message: string | null; errors: Record<string, string> }

export const NOTHING_DONE: AppOutcome = { done: 0, message: null, errors: {} }

export type AppAction = (before: AppOutcome, form: FormData) => Promise<AppOutcome>

/** An app as its row on the page of those somebody uses needs it. */
export type UsedAppRow = {
  /** Public id. */
  id: string
  name: string
  slug: string
  isOwn: boolean
  consent: PayerApp['consent']
  spent: Millicredits
  held: Millicredits
  monthlyLimit: Millicredits | null
  paused: boolean
  /** It lives on this site, and the payer may use it. */
  isHere: boolean
}

export type AppFormValues = { name: string; visibility: AppVisibility; origins: string }

/** The element that stands for an app in the list, by its public id. */
export function appLinkId(app: string): string {
  return `used-${app}`
}
