/**
 * The counts of the last `npm test`, read from the reports Vitest and Playwright wrote. As a program it prints
 * `123 passed, 0 failed` and fails when a test failed, a report is missing or nothing ran.
 */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

function readReport(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null
}

/** A test file that cannot even be loaded has no tests to count, but has failed all the same. */
function vitestCounts(report) {
  const unloadable = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  )
  return { passed: report.numPassedTests, failed: report.numFailedTests + unloadable.length }
}

function playwrightCounts({ stats, errors }) {
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected + errors.length }
}

export function countResults(folder) {
  const vitest = readReport(path.join(folder, 'vitest.json'))
  const playwright = readReport(path.join(folder, 'playwright.json'))
  const counts = [vitest && vitestCounts(vitest), playwright && playwrightCounts(playwright)]
  const sum = (key) => counts.reduce((total, count) => total + (count?.[key] ?? 0), 0)
  const line = `${sum('passed')} passed, ${sum('failed')} failed`
  return {
    line,
    isSuccess: counts.every((count) => count !== null && count.passed > 0 && count.failed === 0),
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { line, isSuccess } = countResults(path.resolve(import.meta.dirname, '../test-results'))
  if (!isSuccess) process.exitCode = 1
  console.log(line)
}
