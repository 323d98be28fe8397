import { beforeAll, expect, it } from 'vitest'
import { describeApi } from './openapi'
import { routes } from './routes'

type Schema = { properties: Record<string, Record<string, unknown>> }
type Documented = {
  paths: Record<string, Record<string, { responses: Record<string, unknown> }>>
  components: { schemas: Record<string, Schema> }
}

let document: Documented
beforeAll(() => {
  document = JSON.parse(describeApi(routes, 'http://127.0.0.1:3000'))
})

it('the OpenAPI document lists invalid_request for every call', () => {
  for (const [path, calls] of Object.entries(document.paths))
    for (const [method, { responses }] of Object.entries(calls))
      if (!path.endsWith('.json')) expect(responses, `${method} ${path}`).toHaveProperty('422')
})

it('the OpenAPI document omits the test clock if it is off', () => {
  expect(Object.keys(document.paths).filter((path) => path.startsWith('/api/test'))).toEqual([])
})

it('the OpenAPI document excludes empty usage', () => {
  const { properties } = document.components.schemas.Usage ?? { properties: {} }
  for (const field of ['pages', 'images', 'characters'])
    expect(properties[field], field).toMatchObject({ type: 'integer', minimum: 1, maximum: 1e9 })
  expect(properties.seconds).toMatchObject({ exclusiveMinimum: 0, maximum: 86_400 })
  expect(properties.inputTokens).toMatchObject({ type: 'integer', minimum: 0 })
})
