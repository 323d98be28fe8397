import { isOpenTier, type OperationFamily } from '@/lib/catalog'

/** The colour of an operation: its family's hue, in a stronger shade if not every plan includes it. */
export function operationColorVar({ family, tier }: { family: OperationFamily; tier: string }): string {
  return isOpenTier(tier) ? `--family-${family}` : `--family-${family}-strong`
}

/** The colour of a whole family, and the base of its `-strong` and `-soft` shades. */
export function familyColorVar(family: OperationFamily): string {
  return `--family-${family}`
}
