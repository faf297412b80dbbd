// The house keeps its shape: ARCHITECTURE.md names the floors, this test enforces them.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** Each package and what it may import; everything allowed lies on a lower floor. */
const FLOORS: Record<string, readonly string[]> = {
  protocol: [],
  exchange: ['protocol'],
  stake: ['protocol'],
  ledger: ['protocol', 'exchange', 'stake'],
  rootchain: ['protocol', 'stake'],
  node: ['protocol', 'exchange', 'stake', 'ledger', 'rootchain'],
  follower: ['protocol', 'stake', 'ledger'],
  watcher: ['protocol', 'exchange', 'ledger', 'rootchain', 'follower'],
  indexer: ['protocol', 'exchange', 'stake', 'ledger', 'follower'],
  sdk: ['protocol', 'exchange', 'stake', 'rootchain'],
  ccxt: ['protocol', 'exchange', 'sdk'],
  cli: ['protocol', 'exchange', 'stake', 'ledger', 'rootchain', 'node', 'watcher', 'indexer', 'sdk'],
}

/** Each web page and what it may import of the packages; `apps/ui` is what they share. Pages stand beside each other, never on each other. */
const PAGES: Record<string, readonly string[]> = {
  ui: ['protocol', 'rootchain', 'sdk'],
  explorer: ['protocol', 'exchange', 'sdk', 'ui'],
  exchange: ['protocol', 'exchange', 'rootchain', 'sdk', 'ui'],
  stake: ['protocol', 'stake', 'rootchain', 'sdk', 'ui'],
}

/** Time, randomness, files and the network enter these packages as arguments. */
const PURE = ['protocol', 'exchange', 'stake', 'ledger']
/** The ledger's worker pool is the one place that starts threads. */
const WORKER_POOL = /^packages\/ledger\/src\/map\.(pool|worker|program)\.ts$/
const NAMES_THAT_SAY_NOTHING = ['utils', 'util', 'common', 'helpers', 'helper', 'misc', 'lib', 'stuff']
const MAX_FILE_LINES = 500
/** Suites that every implementation runs are longer, and read like a list. */
const MAX_TEST_LINES = 800

interface SourceFile {
  path: string
  text: string
  imports: string[]
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory())
      return ['node_modules', 'out', 'cache', 'gen'].includes(entry.name) ? [] : filesUnder(path)
    return [path]
  })
}

const importPattern =
  /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g

function read(path: string): SourceFile {
  const text = readFileSync(path, 'utf8')
  const imports = [...text.matchAll(importPattern)].map(match => (match[1] ?? match[2]) as string)
  return { path: relative(root, path), text, imports }
}

const isTest = (path: string) =>
  /\.(test|property\.test|conformance|fixture)\.ts$/.test(path) || /\/(test|bench)\//.test(path)
const sources = filesUnder(join(root, 'packages'))
  .filter(path => path.endsWith('.ts') && !path.includes('/gen/'))
  .map(read)
const pageSources = filesUnder(join(root, 'apps'))
  .filter(path => /\/src\/.*\.tsx?$/.test(path) && !isTest(path))
  .map(read)
const shipped = sources.filter(file => !isTest(file.path) && /^packages\/[^/]+\/(src|bin)\//.test(file.path))
const packageOf = (path: string) => path.split('/')[1] as string
/** `packages/node`, `apps/ui` */
const homeOf = (path: string) => path.split('/').slice(0, 2).join('/')

/** The first cycle found in a graph, as the list of its nodes; empty when there is none. */
function cycleIn(edges: Map<string, string[]>): string[] {
  const done = new Set<string>()
  const visit = (node: string, path: string[]): string[] => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node]
    if (done.has(node)) return []
    for (const next of edges.get(node) ?? []) {
      const cycle = visit(next, [...path, node])
      if (cycle.length > 0) return cycle
    }
    done.add(node)
    return []
  }
  for (const node of edges.keys()) {
    const cycle = visit(node, [])
    if (cycle.length > 0) return cycle
  }
  return []
}

/** What the sources of a package or page import and its manifest does not name. */
function undeclared(folder: 'packages' | 'apps', name: string, files: readonly SourceFile[]): string[] {
  const manifest = JSON.parse(readFileSync(join(root, folder, name, 'package.json'), 'utf8'))
  const declared = Object.keys(manifest.dependencies ?? {})
  const used = files.filter(file => packageOf(file.path) === name).flatMap(file => file.imports)
  const outside = used.filter(target => !target.startsWith('.') && !target.startsWith('node:'))
  const names = outside.map(target =>
    target
      .split('/')
      .slice(0, target.startsWith('@') ? 2 : 1)
      .join('/'),
  )
  return [...new Set(names)].filter(target => !declared.includes(target)).map(target => `${name}: ${target}`)
}

describe('floors', () => {
  test('every package has a floor, and every floor a package', () => {
    expect(readdirSync(join(root, 'packages')).sort()).toEqual(Object.keys(FLOORS).sort())
  })

  test('imports point down', () => {
    const wrong = shipped.flatMap(file => {
      const allowed = FLOORS[packageOf(file.path)] ?? []
      return file.imports
        .filter(name => name.startsWith('@omg/') && !allowed.includes(name.split('/')[1] as string))
        .map(name => `${file.path} imports ${name}`)
    })
    expect(wrong).toEqual([])
  })

  test('package.json names what is imported', () => {
    const wrong = [
      ...Object.keys(FLOORS).flatMap(name => undeclared('packages', name, shipped)),
      ...Object.keys(PAGES).flatMap(name => undeclared('apps', name, pageSources)),
    ]
    expect(wrong).toEqual([])
  })

  test('web pages stand on the packages for browsers, and know no file or process', () => {
    expect(readdirSync(join(root, 'apps')).sort()).toEqual(Object.keys(PAGES).sort())
    const wrong = pageSources.flatMap(file => {
      const allowed = PAGES[packageOf(file.path)] ?? []
      return file.imports
        .filter(
          name =>
            name.startsWith('node:') ||
            (name.startsWith('@omg/') && !allowed.includes(name.split('/')[1] as string)),
        )
        .map(name => `${file.path} imports ${name}`)
    })
    expect(wrong).toEqual([])
  })

  test('test fixtures stay in tests', () => {
    const wrong = shipped.filter(file => file.imports.some(name => /^@omg\/[^/]+\/testing$/.test(name)))
    expect(wrong.map(({ path }) => path)).toEqual([])
  })

  test('packages meet only at their front doors', () => {
    const wrong = [...sources, ...pageSources].flatMap(file =>
      file.imports
        .filter(name => name.startsWith('.'))
        .map(name => relative(root, resolve(root, dirname(file.path), name)))
        .filter(target => /^(packages|apps)\//.test(target) && homeOf(target) !== homeOf(file.path))
        .map(target => `${file.path} reaches into ${target}`),
    )
    expect(wrong).toEqual([])
  })

  test('no file imports itself in a circle', () => {
    const edges = new Map<string, string[]>()
    for (const file of shipped) {
      // A type-only import vanishes at run time, so it cannot make two files wait for each other.
      const text = file.text.replaceAll(/(?:import|export)\s+type\b[^'"`;]*?from\s*['"][^'"]+['"]/g, '')
      const targets = [...text.matchAll(importPattern)].map(match => (match[1] ?? match[2]) as string)
      const local = targets.filter(name => name.startsWith('.'))
      edges.set(
        file.path,
        local.map(name => relative(root, resolve(root, dirname(file.path), name))),
      )
    }
    expect(cycleIn(edges)).toEqual([])
  })

  test('protocol, exchange, stake and ledger know no clock, network, file or chance', () => {
    const forbidden =
      /\bDate\.now\(|\bnew Date\(|\bMath\.random\(|\bperformance\.now\(|\bsetTimeout\(|\bsetInterval\(|\bfetch\(/
    const wrong = shipped
      .filter(file => PURE.includes(packageOf(file.path)) && !WORKER_POOL.test(file.path))
      .flatMap(file => [
        ...file.imports.filter(name => name.startsWith('node:')).map(name => `${file.path} imports ${name}`),
        ...(forbidden.exec(file.text) ?? []).map(call => `${file.path} calls ${call}`),
      ])
    expect(wrong).toEqual([])
  })
})

describe('names and sizes', () => {
  const everything = ['packages', 'apps', 'contracts', 'tools', 'test', 'docs'].flatMap(folder => {
    const path = join(root, folder)
    return statSync(path, { throwIfNoEntry: false }) ? filesUnder(path) : []
  })

  test('folders and files are named after the domain', () => {
    const wrong = everything
      .map(path => relative(root, path))
      .filter(path =>
        path.split('/').some(part => NAMES_THAT_SAY_NOTHING.includes(basename(part).split('.')[0] as string)),
      )
    expect(wrong).toEqual([])
  })

  test(`no source file is longer than ${MAX_FILE_LINES} lines`, () => {
    const wrong = everything
      .filter(path => /\.(ts|tsx|mjs|sol)$/.test(path) && !path.includes('/gen/'))
      .map(path => ({
        path: relative(root, path),
        lines: readFileSync(path, 'utf8').trimEnd().split('\n').length,
      }))
      .filter(({ path, lines }) => lines > (isTest(path) ? MAX_TEST_LINES : MAX_FILE_LINES))
    expect(wrong).toEqual([])
  })
})
