import { isOpenTier } from '@/lib/catalog/lookup'
import type { Catalog, Operation } from '@/lib/catalog/types'

/**
 * A family's colour, which is also the base of its `-strong` and `-soft` shades. Keys may contain dots, which CSS
 * escapes.
 */
export function familyColorVar(family: string): string {
  return `--family-${family.replaceAll('.', '\\.')}`
}

/** An operation's colour: the hue of its family, in a stronger shade if not every plan includes it. */
export function operationColorVar(
  catalog: Catalog,
  { family, tier }: Pick<Operation, 'family' | 'tier'>,
): string {
  const color = familyColorVar(family)
  return isOpenTier(catalog, tier) ? color : `${color}-strong`
}
