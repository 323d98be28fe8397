import { z } from '@hono/zod-openapi'

/**
 * The same schema for a client: it drops unknown fields at any depth instead of refusing them, so that the client still
 * works when the API adds a field.
 */
export function tolerant<Schema extends z.ZodType>(schema: Schema): z.ZodType<z.output<Schema>> {
  return loosen(schema) as z.ZodType<z.output<Schema>>
}

function loosen(schema: unknown): z.ZodType {
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries(schema.shape).map(([name, field]) => [name, loosen(field)])
    return z.object(Object.fromEntries(fields))
  }
  if (schema instanceof z.ZodArray) return z.array(loosen(schema.element))
  if (schema instanceof z.ZodOptional) return loosen(schema.unwrap()).optional()
  if (schema instanceof z.ZodNullable) return loosen(schema.unwrap()).nullable()
  if (schema instanceof z.ZodUnion) return z.union(schema.options.map(loosen))
  return schema as z.ZodType
}
