/** @type {import('next').NextConfig} */
const config = {
  poweredByHeader: false,
  // Pictures are made here, each of one size. The optimiser would fetch and scale whatever address it is asked for.
  images: { unoptimized: true },
  // Types are checked by `npm run verify`, with the same tsconfig; the first start need not do it again.
  typescript: { ignoreBuildErrors: true },
  // Loaded from node_modules at run time: they carry WebAssembly or optional native parts a bundler cannot follow.
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
    // Pages get theirs in proxy.ts, the API sets its own; this is for files, whose type is what their name says.
    return [{ source: '/_next/:path*', headers: [{ key: 'X-Content-Type-Options', value: 'nosniff' }] }]
  },
}

export default config
