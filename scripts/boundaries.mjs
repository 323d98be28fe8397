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
/** A count below this means that the checker did not read the project, not that the project is clean. */
const MODULES_MIN = 5

/**
 * dependency-cruiser parses TypeScript with swc (it has no parser for TypeScript 7), but does not tell swc that `.tsx`
 * files contain JSX and does not distinguish type imports. Both share one CommonJS module object, so this patch can add
 * that.
 */
const swc = require('@swc/core')
const parseFileSync = swc.parseFileSync
let withTypes = true
swc.parseFileSync = (file, options) => {
  const module = parseFileSync(file, { ...options, tsx: file.endsWith('x') })
  return withTypes ? module : { ...module, body: module.body.filter((item) => !isTypeOnly(item)) }
}

/** Returns true if an import or export disappears with its types, as `verbatimModuleSyntax` defines it. */
function isTypeOnly(item) {
  return (
    (item.type === 'ImportDeclaration' || item.type === 'ExportNamedDeclaration') && item.typeOnly === true
  )
}

async function violationsOf(rules) {
  const { output } = await cruise(
    SOURCES.filter((source) => existsSync(source)),
    { ...config.options, ruleSet: { forbidden: rules }, validate: true, outputType: 'json' },
    {
      alias: { '@': process.cwd() },
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.d.ts'],
      conditionNames: ['import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  )
  const { summary, modules } = JSON.parse(output)
  const own = modules.filter(({ source }) => !source.startsWith('node_modules'))
  if (own.length < MODULES_MIN) throw new Error(`The checker saw only ${own.length} modules.`)
  return { violations: summary.violations, modules: own.length, imports: summary.totalDependenciesCruised }
}

process.chdir(process.argv[2] ?? path.join(import.meta.dirname, '..'))
const { cruise } = await import('dependency-cruiser')
const isAboutRunTime = (rule) => rule.name.endsWith('-at-run-time')
const all = await violationsOf(config.forbidden.filter((rule) => !isAboutRunTime(rule)))
// These rules allow type imports.
withTypes = false
const atRunTime = await violationsOf(config.forbidden.filter(isAboutRunTime))

const violations = [...all.violations, ...atRunTime.violations]
for (const { from, to, rule } of violations) console.error(`${rule.name}: ${from} → ${to}`)
if (violations.length > 0) process.exitCode = 1
else console.log(`${all.modules} modules, ${all.imports} imports, no violation`)
