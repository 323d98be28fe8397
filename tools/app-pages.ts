import { readdirSync } from 'node:fs'
import path from 'node:path'

const APP = path.resolve(import.meta.dirname, '../app')

/**
 * Every product page by its route in the `app` folder, such as `/settings/apps/[app]`. Tests over all pages start
 * here, so that a new page cannot be forgotten.
 */
export function appPages(): string[] {
  return routesOf(['page.tsx'])
}

/** Every URL of the `app` folder except the API's and next-auth's: pages, downloads and what pages fetch. */
export function appAddresses(): string[] {
  return routesOf(['page.tsx', 'route.ts']).filter((route) => !route.startsWith('/api/'))
}

function routesOf(names: string[]): string[] {
  return readdirSync(APP, { recursive: true, encoding: 'utf8' })
    .filter((file) => names.includes(path.basename(file)))
    .map(routeOf)
    .sort()
}

/** `(dashboard)` groups files and is not part of a route. */
function routeOf(file: string): string {
  const segments = path
    .dirname(file)
    .split(path.sep)
    .filter((segment) => segment !== '.' && !segment.startsWith('('))
  return `/${segments.join('/')}`
}
