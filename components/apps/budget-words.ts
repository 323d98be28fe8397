import { parseCredits } from '@/components/apps/parse-credits'
import type { Millicredits } from '@/lib/millicredits'

/** The names of a form's budget fields, shared by browser and server. */
export const BUDGET_FIELDS = { kind: 'budget', amount: 'amount' } as const

export type BudgetKind = 'limit' | 'none'

/** Reads a budget from a form. Only the explicit choice means no limit: an empty or zero amount is an error. */
export function budgetOf(
  kind: string,
  amount: string,
): { ok: true; monthlyLimit: Millicredits | null } | { ok: false; message: string } {
  if (kind === 'none') return { ok: true, monthlyLimit: null }
  const monthlyLimit = parseCredits(amount)
  if (monthlyLimit !== null) return { ok: true, monthlyLimit }
  return { ok: false, message: 'Enter an amount above 0 with at most three decimals, or choose “No limit”.' }
}
