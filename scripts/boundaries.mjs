/**
 * Checks the import rules of .dependency-cruiser.mjs: `node scripts/boundaries.mjs [folder of a project]`.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import config from '../.dependency-cruiser.mjs'

const require = createRequire(import.meta.url)
const SOURCES = [
  'app',
  'components',
  'lib',
  'prisma',
  'packages',
  'scripts',
  'tools',
  'e2e',
  'docs',
  'server.ts',
]
/** Fewer modules than this mean that the checker did not see the project, not that the project is clean. */
const MODULES_MIN = 5

/**
 * dependency-cruiser reads TypeScript with swc (it has no reader for TypeScript 7) and does not tell it that a `.tsx` file
 * contains JSX. Both share the one CommonJS module object, so that is mended here.
 */
const swc = require('@swc/core')
const parseFileSync = swc.parseFileSync
swc.parseFileSync = (file, options) => parseFileSync(file, { ...options, tsx: file.endsWith('x') })

process.chdir(process.argv[2] ?? path.join(import.meta.dirname, '..'))
const { cruise } = await import('dependency-cruiser')
const { output } = await cruise(
  SOURCES.filter((source) => existsSync(source)),
  { ...config.options, ruleSet: { forbidden: config.forbidden }, validate: true, outputType: 'json' },
  {
    alias: { '@': process.cwd() },
    extensions: ['.ts', '.tsx', '.mjs', '.js', '.d.ts'],
    conditionNames: ['import', 'node', 'default', 'types'],
    exportsFields: ['exports'],
  },
)
const { summary, modules } = JSON.parse(output)
const own = modules.filter(({ source }) => !source.startsWith('node_modules'))
if (own.length < MODULES_MIN) throw new Error(`The checker saw ${own.length} modules only.`)

for (const { from, to, rule } of summary.violations) console.error(`${rule.name}: ${from} → ${to}`)
if (summary.violations.length > 0) process.exitCode = 1
else console.log(`${own.length} modules, ${summary.totalDependenciesCruised} imports, no violation`)
