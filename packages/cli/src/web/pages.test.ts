import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Pages, servePages } from './pages.ts'

let folder: string
let pages: Pages
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'omg-pages-'))
  mkdirSync(join(folder, 'page', 'assets'), { recursive: true })
  writeFileSync(join(folder, 'secret.json'), '{}')
  writeFileSync(join(folder, 'page', 'index.html'), '<p>page</p>')
  writeFileSync(join(folder, 'page', 'assets', 'a.js'), '1')
  writeFileSync(join(folder, 'page', 'key.pem'), 'key')
  pages = await servePages({ folder: join(folder, 'page'), nodeUrl: 'http://127.0.0.1:8600', port: 0 })
})
afterAll(async () => {
  await pages.stop()
  rmSync(folder, { recursive: true })
})

/** A request whose path is sent as it stands: fetch would tidy it up. */
const status = (path: string, method = 'GET') =>
  new Promise<number | undefined>((resolve, reject) => {
    const asked = request(pages.url, { path, method }, response => {
      response.resume()
      resolve(response.statusCode)
    })
    asked.once('error', reject)
    asked.end()
  })

describe('the web pages', () => {
  test('are served with strict headers, which allow the node and nothing else', async () => {
    const response = await fetch(pages.url)
    expect(await response.text()).toBe('<p>page</p>')
    const policy = response.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("connect-src 'self' ws://127.0.0.1:8600;")
    expect(policy).not.toContain('unsafe')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('say where the node is', async () => {
    expect(await (await fetch(`${pages.url}/place.json`)).json()).toEqual({ node: 'ws://127.0.0.1:8600' })
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
    const port = Number(new URL(pages.url).port)
    const second = await servePages({ folder: join(folder, 'page'), nodeUrl: 'http://127.0.0.1:1', port })
    expect(Number(new URL(second.url).port)).toBeGreaterThan(port)
    await second.stop()
  })
})
