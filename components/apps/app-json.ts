import type { AppVisibility } from '@/lib/apps/app'
import type { PayerApp } from '@/lib/apps/list-payer-apps'
import type { Millicredits } from '@/lib/millicredits'

/** The result of an action on an app. `done` counts successes, so that the button notices a repeated one. */
export type AppOutcome = { done: number; message: string | null; errors: Record<string, string> }

export const NOTHING_DONE: AppOutcome = { done: 0, message: null, errors: {} }

export type AppAction = (before: AppOutcome, form: FormData) => Promise<AppOutcome>

/** An app as a row of the list of used apps. */
export type UsedAppRow = {
  id: string
  name: string
  slug: string
  isOwn: boolean
  consent: PayerApp['consent']
  spent: Millicredits
  held: Millicredits
  monthlyLimit: Millicredits | null
  paused: boolean
  /** True if this site hosts the app and the payer may use it. */
  isHere: boolean
}

export type AppFormValues = { name: string; visibility: AppVisibility; origins: string }

/** The element id of an app in the list. */
export function appLinkId(app: string): string {
  return `used-${app}`
}
