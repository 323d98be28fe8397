import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '@/lib/testing/database'
import { describeSchema } from '@/lib/testing/describe-schema'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

test('prisma/schema.sql contains the schema that the migrations create', async () => {
  await expect(await describeSchema(database.pool)).toMatchFileSnapshot('../../prisma/schema.sql')
})
