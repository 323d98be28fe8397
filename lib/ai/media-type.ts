/** The AI SDK detects files by their first bytes and falls back to PNG or MP4; SVG is text and has no such bytes. */
export function mediaTypeOf(file: { uint8Array: Uint8Array; mediaType: string }): string {
  const start = Buffer.from(file.uint8Array.subarray(0, 256)).toString('latin1').trimStart()
  return start.startsWith('<svg') ? 'image/svg+xml' : file.mediaType
}
