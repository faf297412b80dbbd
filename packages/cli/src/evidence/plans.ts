/** What a folder has announced of proofs, kept until they are shown: only who has the salt can show one (A39). */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Address, address, type Hash, toHex } from '@omg/protocol'
import { type FoundOffence, getRevealBlock, type RootChain } from '@omg/rootchain'

export interface Plan {
  readonly prover: Address
  readonly salt: Hash
}

/** Where a data folder keeps what it knows of offences. */
export const evidenceFolder = (data: string): string => join(data, 'evidence')

const planFile = (folder: string, { id }: FoundOffence) => join(folder, `${id.replaceAll(':', '-')}.json`)

function readPlan(folder: string, found: FoundOffence): Plan | undefined {
  const file = planFile(folder, found)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Plan) : undefined
}

/** The plan of a proof; a new one is kept before it is announced: without the salt the announcement is worth nothing. */
export function planFor({ sender }: RootChain, folder: string, found: FoundOffence): Plan {
  const known = readPlan(folder, found)
  if (known) return known
  const plan = { prover: address(sender!.address), salt: toHex(randomBytes(32)) as Hash }
  mkdirSync(folder, { recursive: true })
  writeFileSync(planFile(folder, found), `${JSON.stringify(plan)}\n`, { mode: 0o600 })
  return plan
}

/** The offence as it stands with what this folder has announced. */
export async function withPlan(
  rootChain: Pick<RootChain, 'ethereum' | 'deployment'>,
  folder: string,
  found: FoundOffence,
): Promise<FoundOffence> {
  const { offence, state } = found
  const plan = readPlan(folder, found)
  if (!offence || !plan || state !== 'found') return found
  const isCommitted = (await getRevealBlock(rootChain, { offence, ...plan })) !== undefined
  return isCommitted ? { ...found, state: 'committed' } : found
}
