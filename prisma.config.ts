import { defineConfig } from 'prisma/config'

// `generate` and `validate` need no database, so a missing DATABASE_URL is not an error here.
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL },
})
