import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A network between a pool and its database. Once broken, it passes no data and reports no error. */
export type Network = { url: string; breakOff(): void; close(): Promise<void> }

export async function openNetwork(databaseUrl: string): Promise<Network> {
  const { hostname, port } = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let isBroken = false
  const server = createServer((near) => {
    sockets.add(near)
    near.on('error', () => undefined)
    if (isBroken) return
    const far = connect(Number(port), hostname)
    sockets.add(far)
    far.on('error', () => undefined)
    near.on('data', (bytes) => isBroken || far.write(bytes))
    far.on('data', (bytes) => isBroken || near.write(bytes))
    near.on('close', () => isBroken || far.destroy())
    far.on('close', () => isBroken || near.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: url.toString(),
    breakOff: () => {
      isBroken = true
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
