import type { Operation, PriceVersion } from './types'

export function findOperation(version: PriceVersion, key: string): Operation | undefined {
  return version.operations.find((operation) => operation.key === key)
}

/** Editor operations run outside any app, so they have no premium; their surface is `editor`. */
export function isEditorOperation(key: string): boolean {
  return key.startsWith('editor.')
}
