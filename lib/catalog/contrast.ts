/** Relative luminance of a hex colour as WCAG 2.2 defines it. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const channel = Number.parseInt(hex.slice(start, start + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** The contrast of two colours (`#rrggbb`) as WCAG 2.2 defines it, from 1 to 21. */
export function contrastOf(first: string, second: string): number {
  const values = [luminance(first), luminance(second)]
  return (Math.max(...values) + 0.05) / (Math.min(...values) + 0.05)
}

/** The grounds that families' and the brand's colours stand on: `--surface` in `app/globals.css`. */
export const SURFACE = { light: '#ffffff', dark: '#161619' }
/** The text on the brand's accent: `--on-accent`. */
export const ON_ACCENT = { light: '#ffffff', dark: '#0b1430' }
