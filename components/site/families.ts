import type { OperationFamily } from '@/lib/catalog/types'

/** What the families of operations are called on pages. */
export const familyNames: Record<OperationFamily, string> = {
  editor: 'Editor',
  text: 'Text',
  web: 'Web',
  image: 'Images',
  video: 'Video',
  speech: 'Speech',
}
