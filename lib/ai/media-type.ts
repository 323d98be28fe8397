/** The AI SDK tells files by their first bytes and takes what it does not know for PNG or MP4; SVG is text, which has none. */
export function mediaTypeOf(file: { uint8Array: Uint8Array; mediaType: string }): string {
  const start = Buffer.from(file.uint8Array.subarray(0, 256)).toString('latin1').trimStart()
  return start.startsWith('<svg') ? 'image/svg+xml' : file.mediaType
}
