import type { AppAction } from '@/components/apps/app-json'
import type { AppVisibility } from '@/lib/apps/app'
import type { Price } from '@/lib/studio/price-feature'

/** A message in the editor's chat. */
export type SaidJson = {
  id: string
  who: 'user' | 'assistant'
  body: string
  /** The id of the message's turn. */
  action: string
  /** The turn's price in words, and its charge. */
  cost: { words: string; charge: string } | null
}

export type PublishedJson = {
  visibility: AppVisibility
  /** `link` is the full URL for sharing. */
  link: string
  href: string
  /** True if the published version is identical to the draft. */
  isCurrent: boolean
}

export type EditorActions = { change: AppAction; choose: AppAction; publish: AppAction; remove: AppAction }

/** The price of a chat turn in each mode; null if the server has no AI. */
export type ChatPrices = Partial<Record<string, Price | null>> | null
