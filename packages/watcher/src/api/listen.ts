import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import type { Configuration } from '../configuration/configuration.ts'
import { watcherError } from '../error.ts'
import { createApi } from './server.ts'
import type { WatcherView } from './view.ts'

/** Serves the API. Errors (thrown): `configuration.invalid`. */
export async function listen(
  { host, port }: Configuration,
  view: WatcherView,
): Promise<{ url: string; close: () => Promise<void> }> {
  const api = createApi(view)
  return new Promise((resolve, reject) => {
    const server = serve(
      { fetch: api.fetch, hostname: host, port },
      ({ address, port: bound }: AddressInfo) => {
        const close = () =>
          new Promise<void>(closed => {
            server.close(() => closed())
            if ('closeAllConnections' in server) server.closeAllConnections()
          })
        resolve({ url: `http://${address.includes(':') ? `[${address}]` : address}:${bound}`, close })
      },
    )
    server.on('error', (error: Error) =>
      reject(watcherError('configuration.invalid', `port: ${host}:${port} cannot be listened on`, error)),
    )
  })
}
