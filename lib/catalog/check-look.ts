import { checkUnique, refuse } from './checks'
import { contrastOf, ON_ACCENT, SURFACE } from './contrast'
import type { ParsedDocument } from './document'
import type { Color } from './types'

/** WCAG 2.2: graphical objects need a contrast of 3, text needs 4.5. */
const FILL = 3
const TEXT = 4.5

/** Families and the brand must be readable on light and on dark pages. */
export function checkLook({ families, brand }: ParsedDocument): void {
  checkUnique(families, 'families')
  families.forEach(({ color, strong, soft }, index) => {
    const field = `families[${index}]`
    checkContrast(`${field}.color`, color, SURFACE, FILL)
    checkContrast(`${field}.strong`, strong, SURFACE, TEXT)
    checkContrast(`${field}.strong`, strong, soft, TEXT)
  })
  if (brand.accent === null) return
  checkContrast('brand.accent', brand.accent, SURFACE, TEXT)
  checkContrast('brand.accent', brand.accent, ON_ACCENT, TEXT)
}

function checkContrast(field: string, color: Color, ground: Color, least: number): void {
  for (const theme of ['light', 'dark'] as const) {
    const contrast = contrastOf(color[theme], ground[theme])
    if (contrast < least)
      refuse(
        `${field}.${theme}`,
        `${color[theme]} on ${ground[theme]} has a contrast of ${contrast.toFixed(1)}; it needs ${least}`,
      )
  }
}
