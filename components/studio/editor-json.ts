import type { AppAction } from '@/components/apps/app-json'
import type { AppVisibility } from '@/lib/apps/app'
import type { Price } from '@/lib/studio/price-feature'

/** Something said in the editor. */
export type SaidJson = {
  id: string
  who: 'user' | 'assistant'
  body: string
  /** The turn it belongs to. */
  action: string
  /** What the turn cost, in words, and its charge. */
  cost: { words: string; charge: string } | null
}

export type PublishedJson = {
  visibility: AppVisibility
  /** The whole address, to be shared, and the path of it. */
  link: string
  href: string
  /** People use what is being edited, not an earlier version. */
  isCurrent: boolean
}

export type EditorActions = { change: AppAction; choose: AppAction; publish: AppAction; remove: AppAction }

/** What a turn costs in each mode; null where there is no AI here. */
export type ChatPrices = Partial<Record<string, Price | null>> | null
