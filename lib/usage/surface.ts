import { isEditorOperation } from '@/lib/catalog'

export const SURFACES = ['editor', 'app', 'api'] as const
/** Where a charge came from: the editor, an app that was named, or a call that named none (api.md, "Metering"). */
export type Surface = (typeof SURFACES)[number]

export function surfaceOf(charge: { operation: string; appId: string | null }): Surface {
  if (isEditorOperation(charge.operation)) return 'editor'
  return charge.appId === null ? 'api' : 'app'
}
