/** Whether `npm run test:full` runs, which includes tests too slow for `npm test`. See docs/testing.md. */
export const IS_FULL = process.env.TEST_FULL === '1'
