import type { AppAction } from '@/components/apps/app-json'
import type { ItemKind } from '@/lib/studio/item'

/** Something kept, as its card needs it. */
export type ItemJson = {
  /** Public id. */
  id: string
  kind: ItemKind
  title: string
  body: string
  /** Where its bytes are; null for a text. */
  media: { href: string; type: string } | null
  /** What it cost, in words, and the charge; null for what was written by hand. */
  cost: { words: string; charge: string } | null
}

export type ItemActions = { save: AppAction; remove: AppAction }
