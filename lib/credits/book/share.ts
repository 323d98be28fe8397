import { type Millicredits, ZERO } from '@/lib/millicredits'

/** ⌊amount × numerator ÷ denominator⌋ without leaving the integers; 0 of 0 is 0. */
export function share(amount: Millicredits, numerator: number, denominator: number): Millicredits {
  if (denominator === 0) return ZERO
  return Number((BigInt(amount) * BigInt(numerator)) / BigInt(denominator)) as Millicredits
}
