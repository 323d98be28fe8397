import { openEmbedded } from './embedded'

/** A process that holds the embedded database until it is killed. It prints its URL, then waits for the end of its stdin. */
const [dataDir] = process.argv.slice(2)
if (!dataDir) throw new Error('usage: embedded.test-support.ts DATA_DIR')
const database = await openEmbedded(dataDir, 'server')
process.stdout.write(`${database.url}\n`)
for await (const _ of process.stdin);
await database.release()
