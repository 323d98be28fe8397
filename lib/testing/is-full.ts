/** True in `npm run test:full`, which includes tests too slow for `npm test` (docs/testing.md). */
export const IS_FULL = process.env.TEST_FULL === '1'
