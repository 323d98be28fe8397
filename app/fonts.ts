import localFont from 'next/font/local'

/*
 * `geist/font` swaps the font in whenever it arrives, and rows that have grown by a pixel each push down what follows.
 * With `optional` a page keeps the font it was first painted with: Geist is preloaded, and from the second page on cached.
 */

export const geistSans = localFont({
  src: '../node_modules/geist/dist/fonts/geist-sans/Geist-Variable.woff2',
  variable: '--font-geist-sans',
  weight: '100 900',
  display: 'optional',
})

export const geistMono = localFont({
  src: '../node_modules/geist/dist/fonts/geist-mono/GeistMono-Variable.woff2',
  variable: '--font-geist-mono',
  weight: '100 900',
  display: 'optional',
  // The fallback that Next makes is Arial, which is no font for code.
  adjustFontFallback: false,
})
