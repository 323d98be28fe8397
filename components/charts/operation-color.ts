import { isOpenTier, type OperationFamily } from '@/lib/catalog'

/** An operation's colour: the hue of its family, in a stronger shade if not every plan includes it. */
export function operationColorVar({ family, tier }: { family: OperationFamily; tier: string }): string {
  return isOpenTier(tier) ? `--family-${family}` : `--family-${family}-strong`
}

/** A family's colour, which is also the base of its `-strong` and `-soft` shades. */
export function familyColorVar(family: OperationFamily): string {
  return `--family-${family}`
}
