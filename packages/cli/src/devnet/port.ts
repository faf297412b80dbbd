import { createServer } from 'node:net'
import { cliError } from '../error.ts'

/** The port itself when it is free; any free one for 0; error `network.port` when something else listens there. */
export function claimPort(port: number, what: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', cause =>
      reject(cliError('network.port', `port ${port}, wanted for ${what}, is in use`, cause)),
    )
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address()
      const free = typeof address === 'object' && address !== null ? address.port : port
      server.close(() => resolve(free))
    })
  })
}
