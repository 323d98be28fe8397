/**
 * Imports point down this list and never up. Folders on one level may use each other unless that makes a circle. A folder or
 * file on no level is a leaf: anything may import it, and it imports only leaves.
 */
export const LEVELS = [
  { name: 'entry', path: '^(app/|server\\.ts$|scripts/|tools/|e2e/|instrumentation\\.ts$|proxy\\.ts$)' },
  { name: 'demo', path: '^prisma/' },
  { name: 'presentation', path: '^(components/|lib/api/)' },
  {
    name: 'domain',
    path: '^lib/(metering|billing|rewards|apps|usage|users|auth|http|demo|operator|studio|ai|jobs|events|webhooks|simulation|versions)/',
  },
  { name: 'contract', path: '^lib/contract/' },
  { name: 'credits-verbs', path: '^lib/credits/verbs/' },
  { name: 'credits-batch', path: '^lib/credits/batch/' },
  { name: 'credits-store', path: '^lib/credits/store/' },
  { name: 'credits-book', path: '^lib/credits/book/' },
  { name: 'audit', path: '^lib/audit/' },
  { name: 'catalogs', path: '^lib/catalogs/' },
  { name: 'pricing', path: '^lib/pricing/' },
  { name: 'catalog', path: '^lib/catalog/' },
]
const LEAVES = { name: 'leaf', path: '^lib/([^/]+\\.ts$|db/)' }
const ORDERED = [...LEVELS, LEAVES]

/** A test may set up its data with anything. */
const TESTS = '\\.test(-support)?\\.tsx?$|^lib/testing/'

const upward = ORDERED.slice(1).map((level, index) => ({
  name: `${level.name}-imports-down`,
  comment: `${level.name} must not import ${ORDERED.slice(0, index + 1)
    .map((above) => above.name)
    .join(', ')}`,
  severity: 'error',
  from: { path: level.path, pathNot: TESTS },
  to: { path: ORDERED.slice(0, index + 1).map((above) => above.path) },
}))

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...upward,
    {
      name: 'lib-knows-no-ui',
      comment: 'lib imports nothing from app or components',
      severity: 'error',
      from: { path: '^lib/', pathNot: TESTS },
      to: { path: '^(app|components)/' },
    },
    {
      name: 'ui-knows-no-domain',
      comment: 'components/ui are primitives without domain words',
      severity: 'error',
      from: { path: '^components/ui/', pathNot: TESTS },
      to: { path: '^(components/(?!ui/)|lib/|app/)' },
    },
    {
      name: 'usage-knows-no-credits',
      comment: 'the credits page is built from usage and balance, never the other way round',
      severity: 'error',
      from: { path: '^components/(usage|balance|format)/', pathNot: TESTS },
      to: { path: '^components/credits/' },
    },
    {
      name: 'components-know-no-api',
      comment: 'components and the API use the same verbs and never each other',
      severity: 'error',
      from: { path: '^components/', pathNot: TESTS },
      to: { path: '^lib/api/' },
    },
    {
      name: 'contract-knows-no-domain',
      comment:
        'the schemas of the HTTP contract describe what is public; a client could use them without the product',
      severity: 'error',
      from: { path: '^lib/contract/', pathNot: TESTS },
      to: { path: '^lib/(credits|pricing|db)/|^lib/(env|process-state)' },
    },
    {
      name: 'components-know-no-contract-at-run-time',
      comment: 'a page that imports a schema sends it to the browser, with all of zod',
      severity: 'error',
      from: { path: '^components/', pathNot: TESTS },
      to: { path: '^lib/contract/' },
    },
    {
      name: 'catalog-and-pricing-are-pure',
      comment: 'prices are computed from their arguments: no database, no environment, no process state',
      severity: 'error',
      from: { path: '^lib/(catalog|pricing)/', pathNot: TESTS },
      to: { path: '^lib/(db/|env|process-state)|^node_modules/(pg|@prisma)/' },
    },
    {
      name: 'billing-read-changes-nothing',
      comment: 'code that reads Stripe writes neither there nor to this database',
      severity: 'error',
      from: { path: '^lib/billing/read/', pathNot: TESTS },
      to: { path: '^lib/billing/(apply|checkout|portal|repair|events)/' },
    },
    {
      name: 'billing-rooms-import-down',
      comment: 'repair → events → checkout, portal → apply → read',
      severity: 'error',
      from: { path: '^lib/billing/(apply|checkout|portal|events)/', pathNot: TESTS },
      to: { path: '^lib/billing/repair/' },
    },
    {
      name: 'billing-apply-is-below-its-callers',
      severity: 'error',
      from: { path: '^lib/billing/apply/', pathNot: TESTS },
      to: { path: '^lib/billing/(checkout|portal|events)/' },
    },
    {
      name: 'book-is-pure',
      comment: 'the book decides from its arguments: no database, no environment, no package',
      severity: 'error',
      from: { path: '^lib/credits/book/', pathNot: TESTS },
      to: {
        pathNot:
          '^lib/(credits/book|catalog|pricing)/|^lib/(clock|errors|event-types|ids|instant|millicredits)\\.ts$',
      },
    },
    {
      name: 'credits-know-no-audit',
      comment: 'the audit checks the ledger from outside; neither uses the other',
      severity: 'error',
      from: { path: '^lib/credits/', pathNot: TESTS },
      to: { path: '^lib/audit/' },
    },
    {
      name: 'sandbox-stays-outside',
      comment:
        'the local Stripe serves development and tests; the product reaches it through the stripe library',
      severity: 'error',
      from: { path: '^(app|components|lib)/', pathNot: `${TESTS}|^lib/demo/local-stripe\\.ts$` },
      to: { path: '^packages/' },
    },
    {
      name: 'ai-runtime-stands-outside',
      comment: 'the AI of the sample apps meters over the HTTP API with a key, as any platform would',
      severity: 'error',
      from: { path: '^lib/ai/', pathNot: TESTS },
      to: { path: '^lib/(metering|credits|pricing|usage|apps|rewards|billing|studio)/' },
    },
    {
      name: 'examples-stand-outside',
      comment:
        'examples that readers copy use only the API, except for the model, which readers replace with their own',
      severity: 'error',
      from: { path: '^docs/examples/', pathNot: TESTS },
      to: { path: '^(app|components|prisma|packages|lib/(?!ai/local/))' },
    },
    {
      name: 'testing-is-for-tests',
      severity: 'error',
      from: { pathNot: `${TESTS}|^vitest\\.config\\.ts$` },
      to: { path: '^lib/testing/' },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'nothing-unresolved',
      severity: 'error',
      from: {},
      // Generated or built files, which a fresh clone lacks.
      to: { couldNotResolve: true, pathNot: '(^|/)(generated|dist)/' },
    },
  ],
  options: {
    // dependency-cruiser 17 cannot parse with TypeScript 7 and would silently see no modules.
    parser: 'swc',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(lib/db/generated|\\.next|dist)/' },
  },
}
