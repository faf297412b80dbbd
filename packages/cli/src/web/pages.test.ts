import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FAUCET_PATH, type Handler, type Pages, servePages } from './pages.ts'

let folder: string
let pages: Pages
let url: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'omg-pages-'))
  mkdirSync(join(folder, 'page', 'assets'), { recursive: true })
  writeFileSync(join(folder, 'secret.json'), '{}')
  writeFileSync(join(folder, 'page', 'index.html'), '<p>page</p>')
  writeFileSync(join(folder, 'page', 'assets', 'a.js'), '1')
  writeFileSync(join(folder, 'page', 'key.pem'), 'key')
  const faucet: Handler = (_, response) => void response.end('money')
  pages = await servePages({
    pages: {
      exchange: { folder: join(folder, 'page'), handlers: { [FAUCET_PATH]: faucet } },
      explorer: { folder: join(folder, 'page') },
    },
    nodeUrl: 'http://127.0.0.1:8600',
    indexerUrl: 'http://127.0.0.1:8800',
    ethereumUrl: 'https://ethereum.example',
    port: 0,
  })
  url = pages.urls.explorer!
})
afterAll(async () => {
  await pages.stop()
  rmSync(folder, { recursive: true })
})

/** A request whose path is sent as it stands: fetch would tidy it up. */
const status = (path: string, method = 'GET') =>
  new Promise<number | undefined>((resolve, reject) => {
    const asked = request(url, { path, method }, response => {
      response.resume()
      resolve(response.statusCode)
    })
    asked.once('error', reject)
    asked.end()
  })

describe('the web pages', () => {
  test('are served with strict headers, which allow node, indexer and Ethereum and nothing else', async () => {
    const response = await fetch(url)
    expect(await response.text()).toBe('<p>page</p>')
    const policy = response.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain(
      `connect-src 'self' ${[
        ...['http://127.0.0.1:8600', 'ws://127.0.0.1:8600', 'http://127.0.0.1:8800', 'ws://127.0.0.1:8800'],
        ...['https://ethereum.example'],
      ].join(' ')};`,
    )
    expect(policy).not.toContain('unsafe')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('say where everything is', async () => {
    const { exchange, explorer } = pages.urls
    const place = {
      node: 'ws://127.0.0.1:8600/',
      indexer: 'http://127.0.0.1:8800/',
      ethereum: 'https://ethereum.example/',
      faucet: null,
      exchange: `${exchange}/`,
      explorer: `${explorer}/`,
      stake: null,
    }
    expect(await (await fetch(`${explorer}/place.json`)).json()).toEqual(place)
    expect(await (await fetch(`${exchange}/place.json`)).json()).toEqual({ ...place, faucet: '/faucet' })
  })

  test('hand over what is not a file', async () => {
    expect(await (await fetch(`${pages.urls.exchange}/faucet`, { method: 'POST' })).text()).toBe('money')
    expect(await status('/faucet', 'POST')).toBe(404)
    expect(await status('/constructor')).toBe(404)
  })

  test.each([
    '/../secret.json',
    '/%2e%2e/secret.json',
    '/assets/../../secret.json',
    '/key.pem',
    '/assets',
    '//etc/passwd',
  ])('%s is nothing', async path => {
    expect(await status(path)).toBe(404)
  })

  test('are only read', async () => {
    expect(await status('/assets/a.js')).toBe(200)
    expect(await status('/', 'POST')).toBe(405)
  })

  test('take the next port when theirs is in use', async () => {
    const port = Number(new URL(url).port)
    const second = await servePages({
      pages: { explorer: { folder: join(folder, 'page') } },
      nodeUrl: 'http://127.0.0.1:1',
      port,
    })
    expect(Number(new URL(second.urls.explorer!).port)).toBeGreaterThan(port)
    await second.stop()
  })
})
