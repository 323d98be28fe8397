import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { describeLicences, isAllowed, licencesOf } from './licences'

const packages = licencesOf(readFileSync('package-lock.json', 'utf8'))
const manifest: { dependencies: Record<string, string>; devDependencies: Record<string, string> } =
  JSON.parse(readFileSync('package.json', 'utf8'))

test('docs/licences.md lists every production package of package-lock.json', () => {
  expect(readFileSync('docs/licences.md', 'utf8')).toBe(describeLicences(packages))
  const listed = new Set(packages.map(({ name, version }) => `${name}@${version}`))
  for (const [name, version] of Object.entries(manifest.dependencies))
    expect(listed).toContain(`${name}@${version}`)
  expect(listed).not.toContain(`vitest@${manifest.devDependencies.vitest}`)
})

test('every production package has an approved licence', () => {
  expect(packages.length).toBeGreaterThan(Object.keys(manifest.dependencies).length)
  expect(packages.filter(({ licence }) => !isAllowed(licence))).toEqual([])
})

test.each([
  ['MIT', true],
  ['MIT AND ISC AND BSD-3-Clause', true],
  ['(AFL-2.1 OR BSD-3-Clause)', true],
  ['Apache-2.0 AND LGPL-3.0-or-later', true],
  ['AGPL-3.0-only', false],
  ['GPL-3.0-or-later', false],
  ['MIT AND GPL-2.0-only', false],
  ['AGPL-3.0-only OR SSPL-1.0', false],
  ['UNLICENSED', false],
  ['SEE LICENSE IN LICENSE.md', false],
  ['unknown', false],
])('licence %s is allowed: %s', (licence, allowed) => {
  expect(isAllowed(licence)).toBe(allowed)
})

test('a package without a licence is refused as unknown', () => {
  const lock = {
    packages: { '': { version: '1.0.0' }, 'node_modules/a/node_modules/b': { version: '2.0.0' } },
  }
  expect(licencesOf(JSON.stringify(lock))).toEqual([
    { name: 'b', version: '2.0.0', licence: 'unknown', isOptional: false },
  ])
})

test('builds for other platforms do not change the licence page', () => {
  const needed = { version: '1.0.0', license: 'MIT' }
  const build = { ...needed, optional: true }
  const lock = (packages: object) => licencesOf(JSON.stringify({ packages }))
  const few = lock({ 'node_modules/a': needed, 'node_modules/a-linux': build })
  const more = lock({ 'node_modules/a': needed, 'node_modules/a-linux': build, 'node_modules/a-mac': build })
  expect(describeLicences(more)).toBe(describeLicences(few))
  expect(describeLicences(more)).toContain('| a | 1.0.0 | MIT |')
  expect(more.map(({ name }) => name)).toContain('a-mac')
})
