import { describe, expect, it, vi } from 'vitest'

// The 0.1 document was generated with the test clock on.
vi.hoisted(() => vi.stubEnv('TEST_CLOCK', 'on'))

import { type Call, type Contract, contractBreaks, type Schema } from './contract-breaks.test-support'
import { describeApi } from './openapi'
import released from './openapi-0.1.json'
import { routes } from './routes'

/** The contract of version 0.1, which every later version keeps. Never edit the file. */
const contract: Contract = released

it('the API keeps every call, status, field and value of version 0.1', () => {
  const current: Contract = JSON.parse(describeApi(routes, 'http://127.0.0.1:3000'))
  expect(contractBreaks(contract, current)).toEqual([])
})

type WithFields = Schema & { properties: Record<string, Schema> }

function hasFields(schema: Schema | undefined): schema is WithFields {
  return schema?.properties !== undefined
}

function schemaOf({ components }: Contract, name: string): WithFields {
  const schema = components.schemas[name]
  if (!hasFields(schema)) throw new Error(`${name} has no fields`)
  return schema
}

function callOf({ paths }: Contract, method: string, path: string): Call {
  const call = paths[`/api/v1${path}`]?.[method]
  if (!call) throw new Error(`there is no ${method} ${path}`)
  return call
}

function fieldOf(document: Contract, name: string, field: string): Schema {
  const schema = schemaOf(document, name).properties[field]
  if (!schema) throw new Error(`${name} has no ${field}`)
  return schema
}

function changed(change: (document: Contract) => void): string[] {
  const document = structuredClone(contract)
  change(document)
  expect(document, 'the document was changed').not.toEqual(contract)
  return contractBreaks(contract, document)
}

describe('a breaking change is reported:', () => {
  it.each<[string, (document: Contract) => void, string]>([
    ['a path is gone', ({ paths }) => delete paths['/api/v1/usage'], 'GET /api/v1/usage is gone'],
    [
      'a method is removed',
      ({ paths }) => delete paths['/api/v1/apps/{id}/budget']?.put,
      'PUT /api/v1/apps/{id}/budget is gone',
    ],
    [
      'a status is removed',
      (document) => delete callOf(document, 'post', '/charges').responses[402],
      'POST /api/v1/charges 402 is gone',
    ],
    [
      'a response header is removed',
      (document) =>
        delete callOf(document, 'post', '/charges').responses[201]?.headers?.['Idempotent-Replayed'],
      'POST /api/v1/charges 201 no longer has Idempotent-Replayed',
    ],
    [
      'a code of a status is removed',
      (document) => {
        const answer = callOf(document, 'post', '/charges').responses[402]?.content?.[
          'application/problem+json'
        ]
        if (answer) answer.schema = { $ref: '#/components/schemas/InsufficientCreditsProblem' }
      },
      'POST /api/v1/charges 402 body no longer has its choice budget_exceeded',
    ],
    [
      'a required response field is removed',
      (document) => {
        const charge = schemaOf(document, 'Charge')
        delete charge.properties.absorbed
        charge.required = charge.required?.filter((name) => name !== 'absorbed') ?? []
      },
      'GET /api/v1/charges/{id} 200 absorbed is gone',
    ],
    [
      'a required response field becomes optional',
      (document) => {
        const hold = schemaOf(document, 'Hold')
        hold.required = hold.required?.filter((name) => name !== 'expiresAt') ?? []
      },
      'GET /api/v1/holds/{id} 200 expiresAt may be missing now',
    ],
    [
      'an optional response field is removed',
      (document) => delete schemaOf(document, 'Movement').properties.reason,
      'GET /api/v1/statement 200 data[].reason is gone',
    ],
    [
      'a response field becomes nullable',
      (document) => Object.assign(fieldOf(document, 'Grant', 'amount'), { type: ['number', 'null'] }),
      'POST /api/v1/grants 201 amount was number and is number,null',
    ],
    [
      'an integer becomes a number',
      (document) => Object.assign(fieldOf(document, 'Charge', 'priceVersion'), { type: 'number' }),
      'POST /api/v1/charges 201 priceVersion was integer and is number',
    ],
    [
      'a hold status is removed',
      (document) =>
        Object.assign(fieldOf(document, 'Hold', 'status'), { enum: ['open', 'captured', 'released'] }),
      'GET /api/v1/holds/{id} 200 status no longer knows expired',
    ],
    [
      'a kind of movement is removed',
      (document) => fieldOf(document, 'Movement', 'kind').enum?.pop(),
      'GET /api/v1/statement 200 data[].kind no longer knows transfer',
    ],
    [
      'a status has a new value where none is expected',
      (document) => fieldOf(document, 'Hold', 'status').enum?.push('lost'),
      'GET /api/v1/holds/{id} 200 status has the new value lost',
    ],
    [
      'an enum that is not a catalogue key becomes text',
      (document) => delete fieldOf(document, 'Hold', 'status').enum,
      'GET /api/v1/holds/{id} 200 status may have any value now',
    ],
    [
      'a parameter is removed',
      (document) => callOf(document, 'get', '/usage').parameters?.shift(),
      'GET /api/v1/usage query user is gone',
    ],
    [
      'a parameter value is removed',
      (document) => {
        const one = callOf(document, 'get', '/holds').parameters?.find(({ name }) => name === 'status')
        one?.schema.enum?.shift()
      },
      'GET /api/v1/holds query status no longer knows open',
    ],
    [
      'a parameter becomes required',
      (document) =>
        Object.assign(callOf(document, 'get', '/usage').parameters?.[0] ?? {}, { required: true }),
      'GET /api/v1/usage query user became required',
    ],
    [
      'a request field becomes required',
      (document) => schemaOf(document, 'AppRequest').required?.push('slug'),
      'POST /api/v1/apps slug became required',
    ],
    [
      'a new request field is required',
      (document) => {
        const request = schemaOf(document, 'GrantRequest')
        request.properties.currency = { type: 'string' }
        request.required?.push('currency')
      },
      'POST /api/v1/grants currency became required',
    ],
    [
      'a request field is removed',
      (document) => delete schemaOf(document, 'HoldRequest').properties.limit,
      'POST /api/v1/holds limit is gone',
    ],
    [
      'a request value is removed',
      (document) => fieldOf(document, 'AppRequest', 'visibility').enum?.shift(),
      'POST /api/v1/apps visibility no longer knows private',
    ],
    [
      'a request limit is lowered',
      (document) => Object.assign(fieldOf(document, 'HoldRequest', 'reference'), { maxLength: 100 }),
      'POST /api/v1/holds reference has a lower maxLength: 100',
    ],
    [
      'an optional body becomes required',
      (document) =>
        Object.assign(callOf(document, 'post', '/billing/portal').requestBody ?? {}, { required: true }),
      'POST /api/v1/billing/portal body became required',
    ],
    [
      'a credential is refused',
      (document) => callOf(document, 'post', '/quotes').security?.pop(),
      'POST /api/v1/quotes no longer accepts appToken',
    ],
    [
      'a public call requires a credential',
      (document) => callOf(document, 'get', '/operations').security?.push({ secretKey: [] }),
      'GET /api/v1/operations now needs a credential',
    ],
  ])('%s', (_change, change, found) => {
    expect(changed(change)).toContain(found)
  })
})

describe('a compatible change is accepted:', () => {
  it.each<[string, (document: Contract) => void]>([
    [
      'a call is added',
      (document) => {
        document.paths['/api/v1/limits'] = { get: callOf(document, 'get', '/balance') }
      },
    ],
    [
      'a status is added',
      (document) => {
        callOf(document, 'post', '/holds').responses[418] = {}
      },
    ],
    [
      'a required response field is added',
      (document) => {
        const balance = schemaOf(document, 'Balance')
        balance.properties.carried = { type: 'object' }
        balance.required?.push('carried')
      },
    ],
    [
      'an optional request field is added',
      (document) => {
        schemaOf(document, 'HoldRequest').properties.run = { type: 'string' }
      },
    ],
    ['a request field is no longer required', (document) => schemaOf(document, 'AppRequest').required?.pop()],
    [
      'a status has one more code',
      (document) => {
        const answer = callOf(document, 'post', '/charges').responses[402]?.content?.[
          'application/problem+json'
        ]
        const code = { type: 'string', enum: ['limit_reached'] }
        answer?.schema.anyOf?.push({ type: 'object', properties: { code }, required: ['code'] })
      },
    ],
    [
      'a refusal has one more kind of option',
      (document) => fieldOf(document, 'RefusalOption', 'kind').enum?.push('auto_top_up'),
    ],
    [
      'a plan has one more status',
      (document) => fieldOf(document, 'Balance', 'plan').properties?.status?.enum?.push('trialing'),
    ],
    [
      'the statement has one more kind of movement',
      (document) => fieldOf(document, 'Movement', 'kind').enum?.push('correction'),
    ],
    [
      'catalogue keys become any text',
      (document) => {
        delete fieldOf(document, 'User', 'plan').enum
        delete fieldOf(document, 'Balance', 'plan').properties?.key?.enum
        document.components.schemas.CheckoutRequest = {
          type: 'object',
          properties: {
            ...schemaOf(document, 'CheckoutRequest').properties,
            plan: { type: 'string', maxLength: 100 },
          },
        }
        delete fieldOf(document, 'Operation', 'tier').enum
        delete fieldOf(document, 'Operation', 'unit').enum
      },
    ],
    [
      'a request may be longer',
      (document) => Object.assign(fieldOf(document, 'HoldRequest', 'reference'), { maxLength: 400 }),
    ],
  ])('%s', (_change, change) => {
    expect(changed(change)).toEqual([])
  })
})
