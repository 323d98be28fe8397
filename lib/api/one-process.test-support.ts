/** Runs the API in its own process, on its environment's database. Its clock stands still at the time its parent sets. */
import type { AddressInfo } from 'node:net'
import { knowDefault } from '@/lib/catalogs/keep-default'
import { shareClock } from '@/lib/current-clock'
import { clock } from './clock.test-support'
import { createHttpServer } from './http-server'

shareClock(clock)
knowDefault()
const server = createHttpServer(async (_request, response) => response.writeHead(404).end())
process.on('message', (now) => {
  clock.moveTo(String(now))
  process.send?.('moved')
})
process.once('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
