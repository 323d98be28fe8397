/**
 * Counts the results in the reports of Vitest and Playwright. A missing report and a Playwright test that did not run count
 * as failures. Vitest skips tests only where the machine lacks what they need; skipped tests do not count.
 */
import { existsSync, readFileSync } from 'node:fs'

export function countVitest(file) {
  const report = readReport(file)
  if (!report) return NOTHING
  // A test file that cannot be loaded has no tests but counts as failed.
  const unloadable = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  )
  return { passed: report.numPassedTests, failed: report.numFailedTests + unloadable.length }
}

export function countPlaywright(file) {
  const report = readReport(file)
  if (!report) return NOTHING
  const { expected, flaky, unexpected, skipped } = report.stats
  return { passed: expected, failed: flaky + unexpected + skipped + report.errors.length }
}

const NOTHING = { passed: 0, failed: 1 }

function readReport(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null
}
