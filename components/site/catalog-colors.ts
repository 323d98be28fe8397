import { familyColorVar } from '@/components/charts/operation-color'
import type { Catalog, Color } from '@/lib/catalog/types'

/**
 * The colours that the catalogue decides, as CSS: those of the families of all versions, because retired operations still
 * appear in usage, and the accent of the version in effect. `html:root` precedes the defaults in `app/globals.css`.
 */
export function catalogColors(versions: readonly Catalog[], { brand }: Pick<Catalog, 'brand'>): string {
  const families = new Map(versions.flatMap(({ families }) => families.map((family) => [family.key, family])))
  const variables = [...families.values()].flatMap(({ key, color, strong, soft }) => {
    const name = familyColorVar(key)
    return [variable(name, color), variable(`${name}-strong`, strong), variable(`${name}-soft`, soft)]
  })
  return `html:root{${[...variables, ...(brand.accent ? accent(brand.accent) : [])].join(';')}}`
}

function variable(name: string, { light, dark }: Color): string {
  return `${name}:light-dark(${light},${dark})`
}

function accent(color: Color): string[] {
  return [
    variable('--accent', color),
    '--accent-hover:color-mix(in srgb,var(--accent) 80%,var(--ink))',
    '--accent-soft:color-mix(in srgb,var(--accent) 8%,var(--surface))',
  ]
}
