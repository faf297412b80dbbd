import { existsSync } from 'node:fs'
import { join } from 'node:path'

const TOOLS = join(import.meta.dirname, '..', '..', '..', '..', 'tools', 'gotools.mjs')

/** Where a Go program of ours may be, best first: in OMG_TOOLS, or where the set-up of this clone builds. */
export async function builtPrograms(name: string): Promise<string[]> {
  const file = process.platform === 'win32' ? `${name}.exe` : name
  const places = process.env.OMG_TOOLS ? [join(process.env.OMG_TOOLS, file)] : []
  if (existsSync(TOOLS)) {
    const { goTool }: { goTool: (name: string) => string | undefined } = await import(TOOLS)
    const built = goTool(file)
    if (built) places.push(built)
  }
  return places
}

/** The program that checks signatures in batches (tools/signatures); undefined where it is not built. */
export async function findSignatureProgram(): Promise<string | undefined> {
  return (await builtPrograms('signatures')).find(existsSync)
}
