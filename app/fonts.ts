import localFont from 'next/font/local'

/* `geist/font` swaps the font in when it arrives; rows that then grow by a pixel each shift the content below. With
   `optional` a page keeps the font of its first paint: Geist is preloaded, and cached from the second page on. */

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
  // Next's generated fallback is Arial, which is unsuitable for code.
  adjustFontFallback: false,
})
