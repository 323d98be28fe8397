/** @type {import('next').NextConfig} */
const config = {
  poweredByHeader: false,
  // Pictures have one size, so they need no optimiser, which would fetch and scale any URL it is given.
  images: { unoptimized: true },
  // `npm run verify` checks types with the same tsconfig, so the first start need not do it again.
  typescript: { ignoreBuildErrors: true },
  // Loaded from node_modules at run time, because they contain WebAssembly or optional native parts that a bundler cannot
  // follow.
  serverExternalPackages: [
    '@prisma/adapter-pg',
    '@prisma/client',
    'nodemailer',
    'pg',
    'pino',
    'prom-client',
    'rate-limiter-flexible',
    'stripe',
  ],
  async headers() {
    // Pages get this header in proxy.ts and the API sets its own; this one is for files, whose type follows from their name.
    return [{ source: '/_next/:path*', headers: [{ key: 'X-Content-Type-Options', value: 'nosniff' }] }]
  },
}

export default config
