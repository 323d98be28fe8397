/** `npm run licences`: lists the licence of every production package of package-lock.json in docs/licences.md. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'

const root = path.resolve(import.meta.dirname, '..')

/**
 * Licences under which a package may be used unmodified by a product under the MIT licence. MPL, EPL and LGPL require the
 * publication of changes to the package itself, and we change none.
 */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC-BY-4.0',
  'EPL-2.0',
  'ISC',
  'LGPL-3.0-or-later',
  'MIT',
  'MIT-0',
  'MPL-2.0',
  'OFL-1.1',
  'Python-2.0',
  'Unlicense',
])

/** Licences that packages do not state in their manifest, by name and version. */
const READ_IN_THE_PACKAGE: Record<string, string> = { 'seq-queue@0.0.5': 'MIT' }
/** The SPDX id of a licence that is written differently. */
const IN_SPDX: Record<string, string> = { 'SIL OPEN FONT LICENSE': 'OFL-1.1' }

const lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      /** Absent for a link to one of the project's workspaces. */
      version: z.string().optional(),
      license: z.string().optional(),
      dev: z.boolean().optional(),
      optional: z.boolean().optional(),
    }),
  ),
})

export type Licensed = {
  name: string
  version: string
  licence: string
  /** Installed only where it applies, such as a build for one platform. */
  isOptional: boolean
}

const FOLDER = 'node_modules/'
const UNKNOWN = 'unknown'

/** Every production package of the lock file, including those for other platforms, each version once. */
export function licencesOf(lock: string): Licensed[] {
  const found = new Map<string, Licensed>()
  for (const [place, { version, license, dev, optional }] of Object.entries(
    lockfile.parse(JSON.parse(lock)).packages,
  )) {
    if (dev || version === undefined || !place.includes(FOLDER)) continue
    const name = place.slice(place.lastIndexOf(FOLDER) + FOLDER.length)
    const id = `${name}@${version}`
    const said = license ?? READ_IN_THE_PACKAGE[id] ?? UNKNOWN
    const isOptional = optional === true && found.get(id)?.isOptional !== false
    found.set(id, { name, version, licence: IN_SPDX[said] ?? said, isOptional })
  }
  return [...found.values()].sort(
    (left, right) => compare(left.name, right.name) || compare(left.version, right.version),
  )
}

function compare(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}

/** Returns true if an SPDX expression is approved: one side of OR, or all sides of AND. */
export function isAllowed(licence: string): boolean {
  const plain = licence.replaceAll(/[()]/g, '')
  if (/ or /i.test(plain)) return plain.split(/ or /i).some(isAllowed)
  return plain.split(/ and /i).every((one) => ALLOWED.has(one.trim()))
}

/**
 * docs/licences.md for these packages. Optional packages are omitted, because `npm install` records those that its registry
 * offers, which can differ between machines. Their licences are still checked.
 */
export function describeLicences(all: Licensed[]): string {
  const packages = all.filter(({ isOptional }) => !isOptional)
  const counts = new Map<string, number>()
  for (const { licence } of packages) counts.set(licence, (counts.get(licence) ?? 0) + 1)
  const byCount = [...counts].sort((left, right) => right[1] - left[1] || compare(left[0], right[0]))
  return [
    '# Licences of dependencies',
    '',
    'AI Credits itself is under the MIT licence ([LICENSE](../LICENSE)). This list is written by `npm run licences` from',
    '`package-lock.json`; `npm test` fails if it is out of date, or if a licence is not allowed by `scripts/licences.ts`. Packages',
    'that only development and tests use are left out. So are optional ones, nearly all of them builds for single platforms;',
    '`npm test` checks their licences without listing them.',
    '',
    '| licence | packages |',
    '| --- | ---: |',
    ...byCount.map(([licence, count]) => `| ${licence} | ${count} |`),
    '',
    '| package | version | licence |',
    '| --- | --- | --- |',
    ...packages.map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`),
    '',
  ].join('\n')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const packages = licencesOf(readFileSync(path.join(root, 'package-lock.json'), 'utf8'))
  writeFileSync(path.join(root, 'docs/licences.md'), describeLicences(packages))
  const refused = packages.filter(({ licence }) => !isAllowed(licence))
  for (const { name, version, licence } of refused)
    console.error(`${name} ${version}: ${licence} is not allowed`)
  console.log(`${packages.length} packages`)
  if (refused.length > 0) process.exitCode = 1
}
