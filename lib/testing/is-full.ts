/** Whether `npm run test:full` runs: it tries more than `npm test` has time for. See docs/testing.md. */
export const IS_FULL = process.env.TEST_FULL === '1'
