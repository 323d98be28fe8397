import type { UsageField } from '@/lib/catalog/types'
import { formatCount } from '@/lib/format'

const LABELS: Record<UsageField, string> = {
  pages: 'Pages',
  images: 'Images',
  seconds: 'Seconds of video',
  characters: 'Characters',
  inputTokens: 'Input tokens',
  cachedInputTokens: 'Cached input tokens',
  outputTokens: 'Output tokens',
  toolCalls: 'Tool calls',
  webSearch: 'Web search',
}

export const premiumLabel = "Premium to the app's creator"

/** The label of a receipt line; `included` is the number of free units of the request. */
export function usageLabel(field: UsageField, included: number): string {
  return included > 0 ? `${LABELS[field]} beyond the first ${formatCount(included)}` : LABELS[field]
}
