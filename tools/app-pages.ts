import { readdirSync } from 'node:fs'
import path from 'node:path'

const APP = path.resolve(import.meta.dirname, '../app')

/**
 * Every page of the product by its route, as the `app` folder has them: `/settings/apps/[app]`. What goes over all pages
 * starts from here, so that a new one cannot be forgotten.
 */
export function appPages(): string[] {
  return routesOf(['page.tsx'])
}

/** Every address of the `app` folder but those of the API and of next-auth: pages, downloads, and what pages ask for. */
export function appAddresses(): string[] {
  return routesOf(['page.tsx', 'route.ts']).filter((route) => !route.startsWith('/api/'))
}

function routesOf(names: string[]): string[] {
  return readdirSync(APP, { recursive: true, encoding: 'utf8' })
    .filter((file) => names.includes(path.basename(file)))
    .map(routeOf)
    .sort()
}

/** `(dashboard)` groups files and is no part of a route. */
function routeOf(file: string): string {
  const segments = path
    .dirname(file)
    .split(path.sep)
    .filter((segment) => segment !== '.' && !segment.startsWith('('))
  return `/${segments.join('/')}`
}
