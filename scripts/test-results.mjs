/** Counts of the reports that Vitest and Playwright write. A test that did not run counts as failed. */
import { existsSync, readFileSync } from 'node:fs'

export function countVitest(file) {
  const report = readReport(file)
  if (!report) return NOTHING
  // A test file that cannot be loaded has no tests to count, but has failed all the same.
  const unloadable = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  )
  const { numPassedTests: passed, numTotalTests } = report
  return { passed, failed: numTotalTests - passed + unloadable.length }
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
