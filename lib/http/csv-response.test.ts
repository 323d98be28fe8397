import { Writable } from 'node:stream'
import { expect, it } from 'vitest'
import { setProcessState } from '@/lib/process-state'
import { csvResponse } from './csv-response'
import { createLogger, LOGGER } from './log'

it('a CSV download that fails midway is cut off and logged', async () => {
  let written = ''
  const memory = new Writable({
    write(chunk, _encoding, done) {
      written += chunk
      done()
    },
  })
  setProcessState(LOGGER, createLogger('info', memory))
  async function* rows() {
    yield 'a,b\n'
    throw new Error('the second page is gone')
  }
  await expect(csvResponse(rows(), 'usage.csv').text()).rejects.toThrow()
  expect(JSON.parse(written)).toMatchObject({
    route: 'usage.csv',
    error: { message: 'the second page is gone' },
  })
})
