import type { OperationFamily } from '@/lib/catalog/types'

/** The displayed names of operation families. */
export const familyNames: Record<OperationFamily, string> = {
  editor: 'Editor',
  text: 'Text',
  web: 'Web',
  image: 'Images',
  video: 'Video',
  speech: 'Speech',
}
