import type { AppAction } from '@/components/apps/app-json'
import type { ItemKind } from '@/lib/studio/item'

/** A saved item as its card shows it. */
export type ItemJson = {
  id: string
  kind: ItemKind
  title: string
  body: string
  /** The URL of the item's bytes; null for text. */
  media: { href: string; type: string } | null
  /** The price in words, and the charge; null for an item written by hand. */
  cost: { words: string; charge: string } | null
}

export type ItemActions = { save: AppAction; remove: AppAction }
