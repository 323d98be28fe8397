/** @type {import('next').NextConfig} */
const config = {
  poweredByHeader: false,
  // Types are checked by `npm run verify`, with the same tsconfig; the first start need not do it again.
  typescript: { ignoreBuildErrors: true },
  // Loaded from node_modules at run time: they carry WebAssembly or optional native parts a bundler cannot follow.
  serverExternalPackages: ['@prisma/adapter-pg', '@prisma/client', 'nodemailer', 'pg', 'pino', 'stripe'],
  async headers() {
    return [
      {
        source: '/:path*',
        headers: [
          { key: 'X-Content-Type-Options', value: 'nosniff' },
          { key: 'X-Frame-Options', value: 'DENY' },
          { key: 'Referrer-Policy', value: 'strict-origin-when-cross-origin' },
        ],
      },
    ]
  },
}

export default config
