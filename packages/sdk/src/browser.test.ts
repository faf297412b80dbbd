import { existsSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const packages = join(import.meta.dirname, '..', '..')
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g
const NODE_ONLY = /\b(?:Buffer|process|__dirname|require|setImmediate)\s*[.(]/

/** Every file of this repository that an import of the SDK loads, and every foreign module that they name. */
function loadedFrom(entry: string): { files: Map<string, string>; modules: Set<string> } {
  const files = new Map<string, string>()
  const modules = new Set<string>()
  const visit = (path: string) => {
    if (files.has(path)) return
    const text = readFileSync(path, 'utf8')
    files.set(path, text)
    for (const [, named, loaded] of text.matchAll(IMPORT)) {
      const target = (named ?? loaded)!
      if (target.startsWith('.')) visit(join(dirname(path), target))
      else if (target.startsWith('@omg/')) {
        const [name = '', part = 'index'] = target.slice(5).split('/')
        visit(join(packages, name, 'src', `${part}.ts`))
      } else modules.add(target)
    }
  }
  visit(entry)
  return { files, modules }
}

describe('the SDK in a browser', () => {
  const { files, modules } = loadedFrom(join(packages, 'sdk', 'src', 'index.ts'))

  it('loads nothing that only Node has', () => {
    expect(files.size).toBeGreaterThan(50)
    const nodeModules = [...modules].filter(name => name.startsWith('node:') || builtinModules.includes(name))
    expect(nodeModules).toEqual([])
  })

  it('uses no global that only Node has', () => {
    const using = [...files]
      .filter(([, text]) => NODE_ONLY.test(text))
      .map(([path]) => relative(packages, path))
    expect(using).toEqual([])
  })
})

describe('the errors of the SDK', () => {
  it('are explained, each of them', async () => {
    const { SDK_ERRORS } = await import('./error.ts')
    const path = join(packages, 'sdk', 'docs', 'errors.md')
    expect(existsSync(path)).toBe(true)
    const headings = readFileSync(path, 'utf8')
      .split('\n')
      .filter(line => line.startsWith('## '))
      .map(line => line.slice(3))
    expect(headings.sort()).toEqual(Object.keys(SDK_ERRORS).sort())
  })
})
