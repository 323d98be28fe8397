import type { FieldError } from '@/lib/errors'

/** One sentence a field, for the reader: "May name at most 20." A list's item is told by its number. */
export function fieldErrors(errors: readonly FieldError[]): Record<string, string> {
  const words: Record<string, string> = {}
  for (const { path, message } of errors) {
    const [field = '', item] = path.split('.')
    const number = item === undefined ? '' : `Line ${Number(item) + 1} `
    const sentence =
      number === '' ? `${message.charAt(0).toUpperCase()}${message.slice(1)}.` : `${number}${message}.`
    words[field] = words[field] === undefined ? sentence : `${words[field]} ${sentence}`
  }
  return words
}
