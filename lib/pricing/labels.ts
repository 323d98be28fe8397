import { formatCount } from '@/lib/format'

export const premiumLabel = "Premium to the app's creator"

/** The label of a line, as shown to people; `included` is how many units of the request were free. */
export function usageLabel(label: string, included: number): string {
  return included > 0 ? `${label} beyond the first ${formatCount(included)}` : label
}
