/** Relays the events of its environment's database in a process of its own, until it is killed. */
import { startRelay } from './relay'

startRelay(process.env.DATABASE_URL ?? '')
process.once('disconnect', () => process.exit())
process.send?.('ready')
