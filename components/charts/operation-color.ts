import type { OperationFamily, OperationTier } from '@/lib/catalog/types'

/** The colour of an operation wherever it is shown: its family's hue, the stronger shade for the advanced tier. */
export function operationColorVar(operation: { family: OperationFamily; tier: OperationTier }): string {
  return operation.tier === 'advanced'
    ? `--family-${operation.family}-strong`
    : `--family-${operation.family}`
}

/** The colour of a whole family, and the base of its `-strong` and `-soft` shades. */
export function familyColorVar(family: OperationFamily): string {
  return `--family-${family}`
}
