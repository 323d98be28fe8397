import { isEditorOperation } from '@/lib/catalog'
import type { Surface } from './usage-views'

export { SURFACES, type Surface } from './usage-views'

export function surfaceOf(charge: { operation: string; appId: string | null }): Surface {
  if (isEditorOperation(charge.operation)) return 'editor'
  return charge.appId === null ? 'api' : 'app'
}
